import { compareVersions, isNewEnough, versionIn } from '../../src/dev/versions';

test.each([
  ['1.9.1', '1.9.1', 0],
  ['1.9', '1.9.0', 0],
  ['1.10.0', '1.9.1', 1],
  ['1.9.1', '1.10.0', -1],
  ['2.0.0', '1.20.5', 1],
  ['1.9.1', '1.9.2', -1],
])('%s against %s is %i', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});

test.each([
  ['temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', '1.9.1'],
  ['flink-dist-2.3.0.jar', '2.3.0'],
  ['no number here', undefined],
])('the version in "%s" is %s', (text, version) => {
  expect(versionIn(text)).toBe(version);
});

test.each([
  ['1.9.1', '1.9.1', true],
  ['1.9.0', '1.9.1', true],
  ['1.10.0', '1.9.1', true],
  ['2.0.0', '1.9.1', true],
  ['1.8.7', '1.9.1', false],
  ['0.13.2', '1.9.1', false],
])('an installed %s, with %s pinned, is new enough: %s', (found, pinned, enough) => {
  expect(isNewEnough(found, pinned)).toBe(enough);
});

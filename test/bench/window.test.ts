import { ours, takenApart } from '../../bench/rescale/window';

const silence = { fromMs: 1_010, toMs: 1_200 };
const moments = {
  ...{ stopSent: 1_000, acknowledged: 1_030, finished: 1_040, read: 1_045, submitSent: 1_095 },
  ...{ created: 1_150, deployed: 1_170, running: 1_190 },
  activities: [
    { fromMs: 990, toMs: 1_050 },
    { fromMs: 1_060, toMs: 1_070 },
    { fromMs: 1_090, toMs: 1_400 },
  ],
};

test('the parts of the stopped window follow each other, and what is ours lies between FINISHED and the submit', () => {
  const window = takenApart(moments, silence);
  expect(window).toEqual({
    ...{ before: 10, savepoint: 20, end: 10, read: 5, steps: 30, activities: 20 },
    ...{ submit: 55, deploy: 20, restore: 20, output: 10 },
  });
  expect(ours(window)).toBe(55);
});

test('the parts add up to the silence, whatever the order in which steps were seen', () => {
  const seen = { ...moments, finished: 1_020, running: 1_300 };
  const { before, ...parts } = takenApart(seen, silence);
  expect(before).toBe(10);
  expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(silence.toMs - silence.fromMs);
  expect(parts).toMatchObject({ end: 0, read: 15, restore: 30, output: 0 });
});

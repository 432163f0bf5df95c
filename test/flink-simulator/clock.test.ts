import { ManualClock } from './clock';

test('what is due happens at its own moment, in order, what it sets off as well', () => {
  const clock = new ManualClock(1_000);
  const seen: [string, number][] = [];
  const note = (what: string) => () => seen.push([what, clock.now()]);
  clock.after(30, note('third'));
  clock.after(10, () => {
    note('first')();
    clock.after(15, note('second'));
  });
  const callOff = clock.after(20, note('called off'));
  clock.after(31, note('not due'));
  callOff();
  clock.advance(30);
  expect(seen).toEqual([
    ['first', 1_010],
    ['second', 1_025],
    ['third', 1_030],
  ]);
  expect(clock.now()).toBe(1_030);
});

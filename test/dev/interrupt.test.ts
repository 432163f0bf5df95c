import { nodeChild } from '../kit/child';

const PROGRAM = `
  const waiting = dev('interrupt').interrupted();
  const alive = setInterval(() => {}, 1000);
  process.on('SIGINT', () => console.log('signal seen'));
  console.log('up');
  waiting.then((signal) => {
    console.log('ending because of ' + signal);
    setTimeout(() => console.log('second may come'), 1100);
  });`;

test('the first signal is told to the program; its echo within a second does not end it', async () => {
  const child = nodeChild(`${PROGRAM} waiting.then(() => setTimeout(() => clearInterval(alive), 50));`);
  await child.printed('up');
  child.process.kill('SIGINT');
  await child.printed('signal seen');
  child.process.kill('SIGINT');
  const output = await child.ended;
  expect(output.match(/ending because of SIGINT/g)).toHaveLength(1);
  expect(child.process.exitCode).toBe(0);
});

test('a person who presses Ctrl-C again, later, is obeyed at once', async () => {
  const child = nodeChild(PROGRAM);
  await child.printed('up');
  child.process.kill('SIGINT');
  await child.printed('second may come');
  child.process.kill('SIGINT');
  await child.ended;
  expect(child.process.exitCode).toBe(130);
});

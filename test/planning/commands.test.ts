import { disposeCommand, signalCommand, statusCommand, updateCommand } from '../../src/planning/commands';
import { flinkUrl } from '../kit/plans';

/** What a person types to look at a rescale, or to tell it something. */

const id = 'rescale/local/orders';

test.each([
  [statusCommand(id), `temporal workflow query --workflow-id ${id} --type status`],
  [signalCommand(id, 'abort'), `temporal workflow signal --workflow-id ${id} --name abort`],
  [
    signalCommand(id, 'retarget', '{"parallelism": 8}'),
    `temporal workflow signal --workflow-id ${id} --name retarget --input '{"parallelism": 8}'`,
  ],
  [updateCommand(id, 'retry'), `temporal workflow update execute --workflow-id ${id} --name retry`],
  [
    updateCommand(id, 'retarget', '{"parallelism": 8}'),
    `temporal workflow update execute --workflow-id ${id} --name retarget --input '{"parallelism": 8}'`,
  ],
  [
    statusCommand("rescale/local/it's"),
    `temporal workflow query --workflow-id 'rescale/local/it'\\''s' --type status`,
  ],
])('%s', (command, typed) => {
  expect(command).toBe(typed);
});

test('what deletes a savepoint, whatever it is called', () => {
  expect(disposeCommand(flinkUrl, "file:/it's")).toBe(
    `curl -s -X POST -H content-type:application/json -d '{"savepoint-path":"file:/it'\\''s"}' ${flinkUrl}/savepoint-disposal`,
  );
});

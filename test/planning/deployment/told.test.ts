import type { Command } from '../../../src/contracts/deployment';
import { sighted } from '../../../src/planning/deployment/sighting';
import { unseen } from '../../../src/planning/deployment/state';
import type { EntityState } from '../../../src/planning/deployment/state';
import { told } from '../../../src/planning/deployment/told';
import {
  answerTo,
  applied,
  begun,
  done,
  edited,
  fresh,
  jobId,
  now,
  running,
  savepoint,
} from '../../kit/deployments';

/** What a command is answered: what will happen, and when. */

const nothingThere = () => sighted(applied({ state: 'CANCELLED' }), { kind: 'NOTHING' }, now);
const suspended = () => done(edited(running(), { name: 'suspend', drain: false }), { snapshot: savepoint() });
const cancelled = () => done(edited(running(), { name: 'cancel' }));
const several = (spec = {}) => sighted(running(spec), { kind: 'SEVERAL', jobIds: [jobId(1), jobId(2)] }, now);
const scaling = () => begun(edited(running(), { name: 'scale', parallelism: 8 }));

const scale: Command = { name: 'scale', parallelism: 8 };
const after = 'after the RESCALE that is under way (rescale/local/orders), or as part of it';
const jar = { spec: { template: { spec: { parallelism: 2, artifact: { jarUri: 'two.jar' } } } } };

const cases: readonly [string, EntityState, Command, string, readonly string[]][] = [
  ['of a job that runs', running(), scale, 'ACCEPTED', ['orders 4 -> 8: STATEFUL, LATEST_STATE']],
  [
    'of more than the parallelism',
    running({ upgradeStrategy: { kind: 'STATELESS' } }),
    { name: 'patch', patch: jar },
    'ACCEPTED',
    ['orders 4 -> 2: STATELESS, LATEST_STATE; with it template.spec.artifact.jarUri'],
  ],
  [
    'of several fields',
    running(),
    {
      name: 'patch',
      patch: { spec: { template: { spec: { artifact: { jarUri: 'two.jar', entryClass: 'x' } } } } },
    },
    'ACCEPTED',
    [
      'orders 4 -> 4: STATEFUL, LATEST_STATE; with it template.spec.artifact.entryClass, template.spec.artifact.jarUri',
    ],
  ],
  [
    'a suspend',
    running(),
    { name: 'suspend', drain: false },
    'ACCEPTED',
    ['stop orders with a savepoint, and leave it so'],
  ],
  ['a cancel', running(), { name: 'cancel' }, 'ACCEPTED', ['cancel orders']],
  [
    'a savepoint',
    running(),
    { name: 'savepoint' },
    'ACCEPTED',
    ['take a savepoint of orders, which goes on'],
  ],
  ['a resume', suspended(), { name: 'resume' }, 'ACCEPTED', ['start orders at 4 from file:/savepoints/1']],
  [
    'a resume of what has no state that is known here',
    cancelled(),
    { name: 'resume' },
    'ACCEPTED',
    ['start orders at 4 from LATEST_STATE'],
  ],
  ['a first start', nothingThere(), { name: 'resume' }, 'ACCEPTED', ['start orders at 4 from nothing']],
  [
    'while the job is looked for',
    unseen(running()),
    scale,
    'ACCEPTED',
    ['look what of orders runs, then bring it to what is wanted'],
  ],
  ['while something is under way', scaling(), { name: 'cancel' }, 'QUEUED', [after, 'cancel orders']],
  ['what is so already', running(), { name: 'resume' }, 'STORED', ['nothing: it is so already']],
  ['what is under way already', scaling(), scale, 'QUEUED', [after, 'orders 4 -> 8: STATEFUL, LATEST_STATE']],
  [
    'with the upgrade strategy NONE',
    running({ upgradeStrategy: { kind: 'NONE' } }),
    { name: 'patch', patch: jar },
    'STORED',
    [
      'stored; template.spec.artifact.jarUri, template.spec.parallelism differ from what runs: the upgrade strategy is ' +
        'NONE: it counts from the next start on',
    ],
  ],
  ...[{}, { upgradeStrategy: { kind: 'NONE' } }].map(
    (spec): [string, EntityState, Command, string, readonly string[]] => [
      `where several jobs bear the name, ${JSON.stringify(spec)}`,
      several(spec),
      scale,
      'STORED',
      ['stored; state differ from what runs: see the conditions of the query status'],
    ],
  ),
];

test.each(cases)('%s', (_, state, command, effect, plan) => {
  expect(answerTo(state, command)).toMatchObject({ effect, plan });
});

test('of what is held it says where the reason is', () => {
  const changed = sighted(running(), { kind: 'LIVE', jobId: jobId(1), parallelism: 6 }, now);
  expect(told(changed, { kind: 'REST' })).toEqual([
    'stored; template.spec.parallelism differ from what runs: see the conditions of the query status',
  ]);
});

test('before the first resource there is nothing to say', () => {
  expect(told(fresh(), { kind: 'REST' })).toEqual([]);
});

import { ApplicationFailure, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { commandSchemas } from '../contracts/deployment';
import type { Answer, Command, CommandName } from '../contracts/deployment';
import { queryCommand, updateCommand } from '../planning/commands';
import { edit } from '../planning/deployment/edit';
import type { Next } from '../planning/deployment/edit';
import { deploymentWorkflowId } from '../planning/deployment/ids';
import { withEvent } from '../planning/deployment/state';
import type { EntityState } from '../planning/deployment/state';
import { check, said } from '../planning/problems';

/** Whose commands: its state, and how it takes on the one that a command makes of it. */
export interface Commanded {
  readonly state: EntityState;
  edited(state: EntityState): void;
  become(state: EntityState): void;
}

interface About {
  readonly description: string;
  /** A valid input, for the deployment of that name. */
  readonly example: (name: string) => string;
}

const nothing = () => '{}';

const commands: Readonly<Record<CommandName, About>> = {
  apply: {
    description: 'the resource as it is wanted: the deployment follows it',
    example: (name) => JSON.stringify({ resource: exampleOf(name) }),
  },
  patch: {
    description: 'a JSON merge patch of the resource',
    example: () => '{"patch":{"spec":{"template":{"spec":{"parallelism":4}}}}}',
  },
  scale: { description: 'another parallelism', example: () => '{"parallelism":4}' },
  suspend: { description: 'stop the job with a savepoint, and leave it so', example: nothing },
  resume: { description: 'start the job, from what restoreStrategy says', example: nothing },
  cancel: { description: 'cancel the job', example: nothing },
  savepoint: { description: 'take a savepoint of the job, which goes on', example: nothing },
  rollback: { description: 'the spec of an earlier version', example: () => '{"to":1}' },
  delete: { description: 'end the deployment, once it is CANCELLED', example: nothing },
};

/** The smallest resource. */
export function exampleOf(name: string): object {
  return {
    metadata: { name },
    spec: { template: { spec: { parallelism: 4, artifact: { jarUri: 'orders.jar' } } } },
  };
}

/** Hears every command, as an update, which answers once it is valid, and as a signal, whose refusal is an event. */
export function hearCommands(entity: Commanded): void {
  for (const name of Object.keys(commands).filter(isCommand)) hear(entity, name);
}

function isCommand(name: string): name is CommandName {
  return name in commands;
}

function hear(entity: Commanded, name: CommandName): void {
  const { description } = commands[name];
  const edited = (raw: unknown) => {
    const made = edit(entity.state, read(entity, name, raw), Date.now());
    if (made.kind === 'REFUSED') throw refusal(entity, made.why, made.next ?? { update: name });
    return made;
  };
  const update = (raw: unknown): Answer => {
    const { state, answer } = edited(raw);
    if (state !== entity.state) entity.edited(state);
    return answer;
  };
  setHandler(defineUpdate<Answer, [unknown]>(name), update, {
    description,
    validator: (raw) => void edited(raw),
  });
  const signal = (raw: unknown) => {
    try {
      update(raw);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      const event = withEvent(entity.state, Date.now(), 'COMMAND_REFUSED', `${name}: ${error.message}`);
      entity.become(event);
    }
  };
  setHandler(defineSignal<[unknown]>(name), signal, { description });
}

/** A command that wants nothing more may be sent without an input. */
function read(entity: Commanded, name: CommandName, raw: unknown): Command {
  const checked = check<Command>(commandSchemas[name], raw ?? {});
  if (checked.kind === 'VALID') return checked.data;
  throw refusal(entity, checked.problems.map(said).join('; '), { update: name });
}

function refusal({ state }: Commanded, why: string, next: Next): ApplicationFailure {
  const workflowId = deploymentWorkflowId(state);
  const command =
    'query' in next
      ? queryCommand(workflowId, next.query)
      : updateCommand(workflowId, next.update, commands[next.update].example(state.name));
  return ApplicationFailure.nonRetryable(`${why}\nNext: ${command}`, 'Refused');
}

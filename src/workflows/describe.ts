import { steeringNames } from '../contracts/rescale';
import type {
  Mechanism,
  Phase,
  PhaseTime,
  RescaleStatus,
  Transition,
  TransitionRequest,
} from '../contracts/rescale';
import { signalCommand } from '../planning/commands';
import { code, plain } from '../planning/markdown';
import { wordsOf } from '../planning/report';

/** What an operator can do now. */
export interface Option {
  readonly what: string;
  readonly command?: string;
}

/** How much of a cause or a warning the details show. */
const longest = 400;

/**
 * A run's current details, as Markdown: the first line says what, the table when, then where the state is, what comes
 * next, what can be done, and what went wrong.
 */
export function describeRun(
  status: RescaleStatus,
  request: TransitionRequest,
  options: readonly Option[],
): string {
  const { from, to, snapshot, attention, outcome } = status;
  const blocks = [`${headline(status, request)}${request.dryRun ? ', dry run' : ''}`];
  if (outcome !== undefined) blocks.push(`**${outcome}**`);
  if (attention !== undefined) blocks.push(`**ATTENTION: ${plain(attention.slice(0, longest))}**`);
  blocks.push(
    table(status.timings),
    list([
      ...(status.why === undefined ? [] : [plain(status.why.slice(0, longest))]),
      ...(snapshot === undefined ? [] : [`snapshot ${code(snapshot.path)}`]),
      ...(from === undefined ? [] : [`old job ${code(from.jobId)}`]),
      ...(to === undefined ? [] : [`new job ${code(to.jobId)}`]),
    ]),
  );
  const next = comesNext(status, request);
  if (next !== undefined) blocks.push(`**Next:** ${next}.`, list(options.map(asItem)));
  blocks.push(
    // another sign, so that it is a list of its own
    list(
      [
        ...status.failedTries.map((cause, i) => `try ${i + 1} failed: ${plain(cause.slice(0, longest))}`),
        ...status.warnings.map((warning) => `warning: ${plain(warning.slice(0, longest))}`),
      ],
      '*',
    ),
  );
  return blocks.filter((block) => block !== '').join('\n\n');
}

function headline({ job, from, to }: RescaleStatus, request: TransitionRequest): string {
  const { transition, mechanism, upgradeStrategy, restoreStrategy } = request;
  const name = plain(job);
  switch (transition) {
    case 'RESCALE': {
      const target = to?.parallelism ?? request.parallelism;
      const way = mechanism === 'RESTART' ? `${upgradeStrategy}, ${restoreStrategy}` : mechanism;
      return `**${name} ${from?.parallelism ?? '?'} -> ${target}**, ${way}`;
    }
    case 'START':
      return `**${name}: START at ${to?.parallelism ?? request.parallelism}**, ${restoreStrategy}`;
    case 'SUSPEND':
    case 'CANCEL':
    case 'SAVEPOINT':
      return `**${name}: ${transition}**${from === undefined ? '' : `, parallelism ${from.parallelism}`}`;
  }
}

function table(timings: readonly PhaseTime[]): string {
  const rows = timings.map(({ phase, startedAt, failedTries = 0 }, i) => {
    const end = timings[i + 1]?.startedAt;
    const took = phase === 'DONE' ? '' : end === undefined ? 'under way' : duration(end - startedAt);
    const began = new Date(startedAt).toISOString().slice(0, 19).replace('T', ' ');
    return row(phase, began, took, failedTries === 0 ? '' : String(failedTries));
  });
  return [row('step', 'began (UTC)', 'took', 'failed tries'), '|---|---|---|---|', ...rows].join('\n');
}

/** The Web UI sets the columns without a gap between them, and a space at the end of a cell is none in Markdown. */
const gap = '\u00a0\u00a0\u2060';

function row(...cells: readonly string[]): string {
  return `| ${cells.join(`${gap} | `)} |`;
}

function duration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

function list(items: readonly string[], sign = '-'): string {
  return items.map((item) => `${sign} ${item}`).join('\n');
}

function asItem({ what, command }: Option): string {
  return command === undefined ? what : `${what}: ${code(command)}`;
}

/** What is still to come, if nothing fails. */
function comesNext({ phase, from, snapshot }: RescaleStatus, request: TransitionRequest): string | undefined {
  const { transition, dryRun, mechanism, parallelism } = request;
  const inPlace = mechanism === 'IN_PLACE' || mechanism === 'REACTIVE';
  switch (phase) {
    case 'PLANNING':
      if (dryRun) return 'say what would be done, and do nothing';
      if (mechanism === 'AUTO')
        return `choose how to take the job to parallelism ${parallelism}, and do that`;
      if (mechanism === 'REACTIVE')
        return `have as many TaskManagers run as parallelism ${parallelism} takes, ${verifyInPlace}`;
      if (inPlace) return `have Flink take the job to parallelism ${parallelism} in place, ${verifyInPlace}`;
      return [...toTheEnd(request), ...fromThere(request)].join(', ');
    case 'ADJUSTING':
      return verifyInPlace;
    case 'SAVEPOINTING':
      if (transition === 'SAVEPOINT') return 'done: the job goes on';
      return [prove, ...fromThere(request)].join(', ');
    case 'SETTLING':
      return 'a job that runs is left alone, one that is down is started again as it was';
    case 'STOPPING':
      return fromThere(request).join(', ');
    case 'RESTARTING':
      return verify;
    case 'VERIFYING':
      return inPlace ? 'done, with the next checkpoint' : 'done, with the first checkpoint of the new job';
    case 'ROLLING_BACK':
      if (mechanism === 'REACTIVE')
        return `the job has its old TaskManagers again, at parallelism ${from?.parallelism ?? '?'}`;
      if (inPlace) return `the job is left with its old bounds, at parallelism ${from?.parallelism ?? '?'}`;
      if (transition === 'START') return 'what was submitted is ended, and the start ends as a failure';
      return `the job runs again at parallelism ${from?.parallelism ?? '?'}, and the ${wordsOf(transition).noun} ends as a failure`;
    case 'ATTENTION':
      return `Weir goes on by itself${snapshot === undefined ? '' : ', and the state is in the snapshot above'}`;
    case 'DONE':
      return undefined;
  }
}

const prove = 'prove that the old job is over';
const verify = 'wait for its first checkpoint';
const verifyInPlace = 'wait for its next checkpoint there';

/** Up to the end of the job that runs. */
function toTheEnd({ transition, upgradeStrategy }: TransitionRequest): string[] {
  switch (transition) {
    case 'RESCALE':
      return [upgradeStrategy === 'STATEFUL' ? 'stop the job with a savepoint' : 'cancel the job', prove];
    case 'START':
      return [];
    case 'SUSPEND':
      return ['stop the job with a savepoint', prove];
    case 'CANCEL':
      return ['cancel the job', prove];
    case 'SAVEPOINT':
      return ['take a savepoint of the job, which goes on'];
  }
}

function fromThere(request: TransitionRequest): string[] {
  switch (request.transition) {
    case 'RESCALE':
    case 'START':
      return [`start the job at parallelism ${request.parallelism}`, verify];
    case 'SUSPEND':
    case 'CANCEL':
      return ['nothing is started'];
    case 'SAVEPOINT':
      return [];
  }
}

/** What an operator can do in this step. `stuck`: it calls for attention. */
export function operatorOptions(
  step: Phase,
  run: {
    readonly workflowId: string;
    readonly aborted: boolean;
    readonly stuck: boolean;
    readonly transition?: Transition;
    readonly mechanism?: Mechanism;
  },
): Option[] {
  const inPlace = run.mechanism === 'IN_PLACE' || run.mechanism === 'REACTIVE';
  const wait = inPlace ? waitsInPlace : waiting(run.transition ?? 'RESCALE');
  const signal = (what: string, name: string, input?: string): Option => ({
    what,
    command: signalCommand(run.workflowId, name, input),
  });
  const { abort, retarget, retry, giveUp, restoreFrom } = steeringNames;
  const toAbort = run.aborted
    ? { what: 'an abort was asked for: the try in flight is let end, no other follows' }
    : signal('to abort', abort);
  const another = signal('to start from another snapshot', restoreFrom, '{"path":"..."}');
  switch (step) {
    case 'PLANNING':
    case 'SAVEPOINTING':
      return [toAbort];
    case 'ADJUSTING':
      return [toAbort, signal('to go elsewhere', retarget, '{"parallelism":6}')];
    case 'SETTLING':
      if (!run.stuck) return [{ what: 'wait: what became of the job is being looked at' }];
      return [
        signal('to look again at once', retry),
        signal('to wait no longer: the failure says how the job stands', giveUp),
      ];
    case 'STOPPING':
      if (!run.stuck) return [wait];
      return [
        signal('to look again at once', retry),
        signal('to wait no longer: the failure says where the state is', giveUp),
      ];
    case 'RESTARTING':
    case 'ROLLING_BACK':
      if (!run.stuck || inPlace) return [wait];
      return [
        signal('to try again at once', retry),
        another,
        signal('to stop trying: the failure says where the state is', giveUp),
      ];
    case 'VERIFYING':
      if (!run.stuck) return [wait];
      return [signal('to wait no longer for the checkpoint: the new job stays', giveUp)];
    case 'ATTENTION':
    case 'DONE':
      return [];
  }
}

const waitsInPlace: Option = { what: 'wait: the job runs, and this goes on until it is known how' };

function waiting(transition: Transition): Option {
  switch (transition) {
    case 'RESCALE':
      return { what: 'wait: the old job is stopped, so this goes on until a job runs' };
    case 'START':
      return { what: 'wait: this goes on until the job runs, or what was submitted is ended' };
    case 'SUSPEND':
    case 'CANCEL':
    case 'SAVEPOINT':
      return { what: 'wait: this goes on until it is known what the job has come to' };
  }
}

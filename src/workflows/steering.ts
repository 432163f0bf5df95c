import {
  ApplicationFailure,
  CancellationScope,
  defineSignal,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { z } from 'zod';
import { restoreFromSchema, retargetSchema, steeringNames } from '../contracts/rescale';
import type { Transition } from '../contracts/rescale';
import { statusCommand, updateCommand } from '../planning/commands';
import { check, said } from '../planning/problems';
import { wordsOf } from '../planning/report';

/** What an operator can say to a step that is stuck. */
export type Intervention =
  | { readonly kind: 'RETRY' }
  | { readonly kind: 'GIVE_UP' }
  | { readonly kind: 'RESTORE_FROM'; readonly path: string };

/** How far the run is, as far as steering goes. */
export type Stage =
  /** The stop has not been sent: everything can still be changed. */
  | 'OPEN'
  /** Tries of the savepoint are under way: an abort lets the one in flight end, and no other follows (P8). */
  | 'STOPPING'
  /** Flink is taking the job to other bounds: everything can still be changed, since the old ones can be put back. */
  | 'ADJUSTING'
  /** It is decided what becomes of the job, which was not ended. */
  | 'DECIDED'
  /** It runs as was asked, and was not ended: its next checkpoint is waited for. */
  | 'CONFIRMING'
  /** The point of no return is behind: the run ends with a job that runs. */
  | 'STOPPED'
  | 'DONE';

/**
 * Signals and updates of the same names. An update answers, or is rejected with the reason; a signal that comes too
 * late is ignored and noted as a warning. Temporal's own cancel means abort.
 */
export class Steering {
  stage: Stage = 'OPEN';
  /** A step takes longer than it should (ATTENTION): an operator may intervene. */
  stuck = false;
  aborted = false;
  /** The newest target that was asked for while the run was OPEN. */
  target: number | undefined;
  private intervention: Intervention | undefined;
  private scope: CancellationScope | undefined;
  private scopeEndsOn: EndsOn = 'ABORT';

  constructor(
    private readonly options: {
      readonly transition: Transition;
      readonly warn: (warning: string) => void;
      readonly changed: () => void;
    },
  ) {}

  /** From here on it hears. What was sent before the run began (or before it was reset) is heard at once. */
  listen(): void {
    const { noun } = wordsOf(this.options.transition);
    const { retarget, abort, retry, giveUp, restoreFrom } = steeringNames;
    this.handle(retarget, 'another parallelism, until the stop is sent', (raw) => {
      const { parallelism } = parsed(retargetSchema, raw, retarget, '{"parallelism":6}');
      this.allowTarget();
      return {
        apply: () => this.goTo(parallelism),
        answer: `the ${noun} goes to ${parallelism}`,
      };
    });
    this.handle(abort, 'end the rescale unless the job is stopped already; the job goes on as it was', () => {
      this.allow(
        ['OPEN', 'STOPPING', 'ADJUSTING'],
        `it comes too late: ${this.why()}, so the ${noun} goes on to its end`,
      );
      return { apply: () => this.abort(), answer: 'a try in flight is let end; no other follows' };
    });
    this.handle(retry, 'when stuck: try again at once', () => this.intervene({ kind: 'RETRY' }));
    this.handle(giveUp, 'when stuck: stop trying; the failure says where the state is', () =>
      this.intervene({ kind: 'GIVE_UP' }),
    );
    this.handle(restoreFrom, 'when stuck: start from another snapshot', (raw) => {
      const { path } = parsed(restoreFromSchema, raw, restoreFrom, '{"path":"..."}');
      return this.intervene({ kind: 'RESTORE_FROM', path });
    });
    // The root scope only tells of a cancel; the work runs in a scope that it cannot end.
    CancellationScope.current().cancelRequested.catch(() => {
      if (this.stage === 'OPEN' || this.stage === 'STOPPING' || this.stage === 'ADJUSTING') this.abort();
      else if (this.stage !== 'DONE')
        this.options.warn(`a cancel came too late: ${this.why()}, so the ${noun} goes on`);
    });
  }

  /** Work that an abort ends, at the next point at which nothing of it is in flight. */
  untilAborted<T>(work: () => Promise<T>): Promise<T> {
    return this.within('ABORT', this.aborted, work);
  }

  /** Work that an operator's intervention ends, likewise. */
  untilIntervention<T>(work: () => Promise<T>): Promise<T> {
    return this.within('INTERVENTION', this.intervention !== undefined, work);
  }

  /** Work that an abort or another target ends, likewise. */
  untilSteered<T>(work: () => Promise<T>): Promise<T> {
    return this.within('STEERED', this.aborted || this.target !== undefined, work);
  }

  /** The target that ended the last work, once. */
  takeTarget(): number | undefined {
    const taken = this.target;
    this.target = undefined;
    return taken;
  }

  /** The intervention that ended the last work, once. */
  take(): Intervention | undefined {
    const taken = this.intervention;
    this.intervention = undefined;
    return taken;
  }

  /** Whether an operator has given up, and nobody has taken it up. */
  get givesUp(): boolean {
    return this.intervention?.kind === 'GIVE_UP';
  }

  private async within<T>(endsOn: EndsOn, already: boolean, work: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope({ cancellable: true });
    this.scope = scope;
    this.scopeEndsOn = endsOn;
    if (already) scope.cancel();
    try {
      return await scope.run(work);
    } finally {
      this.scope = undefined;
    }
  }

  private abort(): void {
    this.aborted = true;
    this.options.changed();
    if (this.scopeEndsOn !== 'INTERVENTION') this.scope?.cancel();
  }

  private goTo(parallelism: number): void {
    this.target = parallelism;
    if (this.scopeEndsOn === 'STEERED') this.scope?.cancel();
  }

  /** Why it is too late. */
  private why(): string {
    const isDecided = this.stage === 'DECIDED' || this.stage === 'CONFIRMING';
    return isDecided ? 'it is decided what becomes of the job' : 'the job is stopped';
  }

  private intervene(intervention: Intervention): Request {
    if (!this.stuck) throw refuse('nothing is stuck: it is heard only while the phase is ATTENTION');
    if (this.stage === 'ADJUSTING' || this.stage === 'DECIDED')
      throw refuse('the job was not ended, and this goes on by itself until it is known how it runs');
    return {
      apply: () => {
        this.intervention = intervention;
        if (this.scopeEndsOn === 'INTERVENTION') this.scope?.cancel();
      },
      answer: 'taken up as soon as the step has let go of what is in flight',
    };
  }

  private allowTarget(): void {
    const { transition } = this.options;
    switch (transition) {
      case 'RESCALE':
        return this.allow(
          ['OPEN', 'ADJUSTING'],
          'the stop has been sent; start another rescale when this one is done',
        );
      case 'START':
        return this.allow(['OPEN'], 'the start is under way; start a rescale when it is done');
      case 'SUSPEND':
      case 'CANCEL':
      case 'SAVEPOINT':
        throw refuse(
          `nothing is started by a ${wordsOf(transition).noun}, so there is no parallelism to change`,
        );
    }
  }

  private allow(stages: readonly Stage[], otherwise: string): void {
    if (!stages.includes(this.stage)) throw refuse(otherwise);
  }

  /** One name, as an update and as a signal. `read` checks what was asked for and changes nothing. */
  private handle(name: string, description: string, read: (raw: unknown) => Request): void {
    const update = (raw: unknown) => {
      const request = read(raw);
      request.apply();
      return request.answer;
    };
    setHandler(defineUpdate<string, [unknown]>(name), update, {
      description,
      validator: (raw) => void read(raw),
    });
    const signal = (raw: unknown) => {
      try {
        update(raw);
      } catch (error) {
        if (!(error instanceof ApplicationFailure)) throw error;
        const [why = ''] = error.message.split(nextLine);
        this.options.warn(`the signal ${name} was ignored: ${why}`);
      }
    };
    setHandler(defineSignal<[unknown]>(name), signal, { description });
  }
}

/** What ends the work that is under way. */
type EndsOn = 'ABORT' | 'INTERVENTION' | 'STEERED';

interface Request {
  readonly apply: () => void;
  readonly answer: string;
}

/** `example`: a valid input of that name. */
function parsed<T>(schema: z.ZodType<T>, raw: unknown, name: string, example: string): T {
  const checked = check(schema, raw);
  if (checked.kind === 'VALID') return checked.data;
  const command = updateCommand(workflowInfo().workflowId, name, example);
  throw refuse(checked.problems.map(said).join('; '), command);
}

const nextLine = '\nNext: ';

/** `next`: one command that helps; left out: a look at the run. */
function refuse(why: string, next = statusCommand(workflowInfo().workflowId)): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`${why}${nextLine}${next}`, 'Refused');
}

/** One way on from a state. `fault`: the environment's doing, of which there is only so much. */
export interface Step<S> {
  readonly label: string;
  readonly fault: boolean;
  readonly to: S;
}

export interface Machine<S> {
  readonly initial: S;
  readonly steps: (state: S) => readonly Step<S>[];
  /** What is wrong in this state, if anything is. */
  readonly wrong: (state: S) => string | undefined;
  /** Nothing needs to follow. */
  readonly isOver: (state: S) => boolean;
}

export interface Found {
  readonly states: number;
  readonly steps: number;
  /** The first that was found, so one with the fewest steps: what is wrong, and how it came to that. */
  readonly violation?: { readonly wrong: string; readonly trace: readonly string[] };
}

/** More than that is no search for a test. */
const mostStates = 3_000_000;

/**
 * Looks at every state that can be reached, breadth first. A state from which no end can be reached without another
 * fault is wrong, too: nothing would go on there (L1).
 */
export function search<S>(machine: Machine<S>): Found {
  const known = new Map<string, number>([[JSON.stringify(machine.initial), 0]]);
  const states: S[] = [machine.initial];
  const cameFrom: number[] = [-1];
  const cameBy: string[] = [''];
  /** Without faults. */
  const before: number[][] = [[]];
  const over: number[] = [];
  let steps = 0;

  const trace = (at: number): string[] => {
    const labels: string[] = [];
    for (let i = at; i > 0; i = cameFrom[i] ?? 0) labels.unshift(cameBy[i] ?? '');
    return labels;
  };

  for (let at = 0; at < states.length; at++) {
    const state = states[at];
    if (state === undefined) break;
    const wrong = machine.wrong(state);
    if (wrong !== undefined) return { states: states.length, steps, violation: { wrong, trace: trace(at) } };
    if (machine.isOver(state)) over.push(at);
    for (const step of machine.steps(state)) {
      steps++;
      const key = JSON.stringify(step.to);
      let to = known.get(key);
      if (to === undefined) {
        to = states.length;
        if (to > mostStates) throw new Error(`more than ${mostStates} states: the bounds are too wide`);
        known.set(key, to);
        states.push(step.to);
        cameFrom.push(at);
        cameBy.push(step.label);
        before.push([]);
      }
      if (!step.fault) before[to]?.push(at);
    }
  }

  const ends = new Set(over);
  for (const at of ends) for (const earlier of before[at] ?? []) ends.add(earlier);
  const stuck = states.findIndex((_, at) => !ends.has(at));
  if (stuck === -1) return { states: states.length, steps };
  return {
    states: states.length,
    steps,
    violation: { wrong: 'L1: the faults have stopped, and it does not end', trace: trace(stuck) },
  };
}

/** The shortest way to what is wrong, one step a line. */
export function asText({ violation }: Found): string {
  if (violation === undefined) return 'nothing is wrong';
  const { wrong, trace } = violation;
  return [wrong, ...trace.map((label, i) => `${String(i + 1).padStart(3)}. ${label}`)].join('\n');
}

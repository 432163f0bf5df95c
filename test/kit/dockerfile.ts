import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { projectDir } from '../../src/dev/paths';

/** The project's Dockerfile, read as far as it goes: each instruction that it uses, none that it does not. */

export type Step =
  | {
      readonly kind: 'COPY';
      readonly from: string | undefined;
      readonly sources: string[];
      readonly to: string;
    }
  | { readonly kind: 'RUN'; readonly command: string };

export interface Stage {
  readonly name: string | undefined;
  readonly image: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  /** In order. */
  readonly steps: readonly Step[];
  readonly healthcheck: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
}

const words = z.array(z.string());

/** @throws Error naming an instruction that it does not know */
export function readDockerfile(): readonly Stage[] {
  const text = readFileSync(join(projectDir, 'Dockerfile'), 'utf8').replace(/\\\n/g, ' ');
  const stages: Stage[] = [];
  for (const line of text.split('\n').filter((one) => /^[^#\s]/.test(one))) {
    const [, instruction = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === 'FROM') {
      const [image = '', , name] = rest.split(/\s+/);
      stages.push({ name, image, workdir: '/', env: {}, steps: [], ...unset });
      continue;
    }
    const stage = stages.pop();
    if (stage === undefined) throw new Error(`${line}: before FROM`);
    stages.push({ ...stage, ...changed(stage, instruction, rest) });
  }
  return stages;
}

const unset = { user: undefined, healthcheck: undefined, command: undefined };

function changed(stage: Stage, instruction: string, rest: string): Partial<Stage> {
  switch (instruction) {
    case 'WORKDIR':
      return { workdir: rest };
    case 'ENV': {
      const [name = '', value = ''] = rest.split('=');
      return { env: { ...stage.env, [name]: value } };
    }
    case 'USER':
      return { user: rest };
    case 'CMD':
      return { command: words.parse(JSON.parse(rest)) };
    case 'HEALTHCHECK':
      return { healthcheck: words.parse(JSON.parse(rest.slice(rest.indexOf('CMD ') + 'CMD '.length))) };
    case 'RUN':
      return { steps: [...stage.steps, { kind: 'RUN', command: rest }] };
    case 'COPY': {
      const [first = '', ...others] = rest.split(/\s+/);
      const from = /^--from=(.+)$/.exec(first)?.[1];
      const paths = from === undefined ? [first, ...others] : others;
      const to = paths.at(-1) ?? '';
      return { steps: [...stage.steps, { kind: 'COPY', from, sources: paths.slice(0, -1), to }] };
    }
    default:
      throw new Error(`${instruction} of the Dockerfile is not known here`);
  }
}

/** Where a source ends up: a folder's contents in `to`, a file in it under its own name. */
export function destination(source: string, to: string): string {
  return source.endsWith('/') ? to : join(to, basename(source));
}

import { execFile } from 'node:child_process';
import { cached } from '../../src/dev/cache';
import { pipInstall } from '../../src/dev/pip';
import { TEMPORAL_PYTHON } from '../../src/dev/versions';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Temporal's official Python SDK, in the cache; returns the folder for PYTHONPATH. */
export function provisionPythonSdk(): Promise<string> {
  return cached(`temporalio-python-${TEMPORAL_PYTHON}`, (staging) =>
    pipInstall('temporalio', TEMPORAL_PYTHON, staging),
  );
}

/** Runs a program with python3 to its end. */
export function python(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile('python3', [...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error ?? new Error('python3 was ended'));
    });
  });
}

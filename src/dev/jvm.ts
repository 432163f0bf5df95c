import { delimiter, join } from 'node:path';
import { Service } from './service';

export interface JvmOptions {
  name: string;
  runDir: string;
  flags: readonly string[];
  classpath: readonly string[];
  main: string;
  /** Arguments of the `n`th start (1 the first time). */
  args: (start: number) => readonly string[];
  /** What is awaited when it starts, as it reads after "waited 90 s for". */
  what: string;
  isReady: (start: number) => Promise<boolean>;
}

/** A JVM of the local cluster, as a process to stop, kill and start. Of `JAVA_HOME` if that is set. */
export function jvmService({
  name,
  runDir,
  flags,
  classpath,
  main,
  args,
  what,
  isReady,
}: JvmOptions): Service {
  const { JAVA_HOME } = process.env;
  return new Service({
    name,
    runDir,
    command: (start) => ({
      command: JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java',
      args: [...flags, '-cp', classpath.join(delimiter), main, ...args(start)],
    }),
    ready: (process, start) => process.ready(() => isReady(start), { what, deadlineMs: 90_000 }),
  });
}

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

/** The command of a JVM. */
export function jvmCommand(
  { flags, classpath, main }: Pick<JvmOptions, 'flags' | 'classpath' | 'main'>,
  args: readonly string[],
): { command: string; args: string[] } {
  return { command: jdkTool('java'), args: [...flags, '-cp', classpath.join(delimiter), main, ...args] };
}

/** A command of the JDK: of `JAVA_HOME` if that is set. */
export function jdkTool(name: string): string {
  const { JAVA_HOME } = process.env;
  return JAVA_HOME ? join(JAVA_HOME, 'bin', name) : name;
}

/** A JVM of the local cluster, as a process to stop, kill and start. */
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
  return new Service({
    name,
    runDir,
    command: (start) => jvmCommand({ flags, classpath, main }, args(start)),
    ready: (process, start) => process.ready(() => isReady(start), { what, deadlineMs: 90_000 }),
  });
}

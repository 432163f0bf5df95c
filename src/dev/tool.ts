import { join } from 'node:path';
import { ManagedProcess, type Command } from './process';
import { runsDir } from './paths';

let tools = 0;

/** A tool ended with an exit code other than 0; the message carries the end of its log. */
export class ToolFailedError extends Error {
  override readonly name = 'ToolFailedError';
}

/**
 * Runs a tool that works for seconds or minutes (Maven, pip) to its end; its output is a log of the run `tools`, which
 * `onStart` may follow. Throws {@link ToolFailedError}, or an error if it cannot be run.
 */
export async function runTool(
  name: string,
  command: Command,
  onStart: (tool: ManagedProcess) => void = () => undefined,
): Promise<string> {
  const unique = `${name}-${process.pid}-${++tools}`;
  const tool = await ManagedProcess.start({ ...command, name: unique, runDir: join(runsDir, 'tools') });
  onStart(tool);
  const { code, signal } = await tool.exited;
  if (code !== 0) {
    const line = [command.command, ...command.args].join(' ');
    throw new ToolFailedError(`${name} ended with ${signal ?? `exit code ${code}`}: ${line}\n${tool.tail()}`);
  }
  return tool.output();
}

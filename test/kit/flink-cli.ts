import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stack } from '../../src/dev/stack';
import { provisionFlink } from '../../src/dev/provision-flink';

/** A folder with a `flink` for this stack's cluster in it, of the default version, as an operator has one on the PATH. */
export async function flinkOnPath({ runDir }: Pick<Stack, 'runDir'>): Promise<string> {
  const { lib } = await provisionFlink();
  const folder = join(runDir, 'bin');
  await mkdir(folder, { recursive: true });
  const opens = ['lang', 'util', 'net', 'io', 'nio'].map(
    (name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`,
  );
  const main = 'org.apache.flink.client.cli.CliFrontend';
  const script = `#!/bin/sh\nFLINK_CONF_DIR='${runDir}/conf' exec java -Xmx256m ${opens.join(' ')} -cp '${lib}/*' ${main} "$@"\n`;
  await writeFile(join(folder, 'flink'), script);
  await chmod(join(folder, 'flink'), 0o755);
  return folder;
}

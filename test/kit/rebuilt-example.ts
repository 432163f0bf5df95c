import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXAMPLE_JAR, buildJar } from '../../src/dev/example';
import { projectDir, runsDir } from '../../src/dev/paths';

/** The example job with another name for its last operator: what Flink shows of a job says which jar it is of. */
export async function rebuiltExample(run: string): Promise<string> {
  const source = join(runsDir, run, 'example');
  await cp(join(projectDir, 'examples', 'orders'), source, {
    recursive: true,
    filter: (path) => !path.endsWith('/target'),
  });
  const main = join(source, 'src', 'main', 'java', 'weir', 'orders', 'OrdersJob.java');
  const [head, tail, ...more] = (await readFile(main, 'utf8')).split('.name("append")');
  if (tail === undefined || more.length > 0) throw new Error(`${main} has no one operator "append"`);
  await writeFile(main, `${head}.name("append anew")${tail}`);
  const jar = await buildJar(source, EXAMPLE_JAR);
  await rm(source, { recursive: true });
  return jar;
}

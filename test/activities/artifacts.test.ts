import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArtifactMissing, ensureUploaded, uploadedAgain } from '../../src/activities/artifacts';
import type { Rig } from '../kit/rig';
import { useRig } from '../kit/rig';

const rigOf = useRig();
const sha256 = createHash('sha256').update('the program of orders').digest('hex');
const upload = `weir-${sha256.slice(0, 16)}-orders.jar`;

const ensured = (rig: Rig, jar: string) =>
  rig.look((pulse) => ensureUploaded(rig.cluster, { jar, args: ['--fast'] }, pulse));

async function missing(rig: Rig, jar: string): Promise<ArtifactMissing> {
  const error: unknown = await ensured(rig, jar).catch((why: unknown) => why);
  if (!(error instanceof ArtifactMissing)) throw new Error(`it is there: ${String(error)}`);
  return error;
}

const file = (rig: Rig, name: string) => join(rig.cluster.config.artifacts, name);

describe('a jar that is to be there', () => {
  it('is uploaded under the beginning of its SHA-256, and once', async () => {
    const rig = await rigOf();
    const first = await ensured(rig, 'orders.jar');
    expect(first).toEqual({
      ...{ sha256, artifact: { jar: 'orders.jar', args: ['--fast'] } },
      jarId: expect.stringMatching(new RegExp(`^[0-9a-f-]{36}_${upload}$`)) as string,
    });
    expect(await ensured(rig, 'orders.jar')).toEqual(first);
    expect(rig.calls).toEqual(['UPLOAD EXECUTED']);
  });

  it('of other bytes under the same name is another', async () => {
    const rig = await rigOf();
    const first = await ensured(rig, 'orders.jar');
    await writeFile(file(rig, 'orders.jar'), 'the next program of orders');
    const second = await ensured(rig, 'orders.jar');
    expect(second.jarId).not.toBe(first.jarId);
    expect(second.sha256).not.toBe(sha256);
  });

  it('may be named by the id of an upload of ours: the file with its bytes is found, whatever its name', async () => {
    const rig = await rigOf();
    const { jarId } = await ensured(rig, 'orders.jar');
    await rm(file(rig, 'orders.jar'));
    await writeFile(file(rig, 'another.jar'), 'another program');
    await writeFile(file(rig, 'moved.jar'), 'the program of orders');
    const found = await ensured(rig, jarId);
    expect(found).toMatchObject({ sha256, artifact: { jar: 'moved.jar' } });
  });

  it('named by the id of an upload whose bytes are gone is not to be had', async () => {
    const rig = await rigOf();
    const { jarId } = await ensured(rig, 'orders.jar');
    await rm(file(rig, 'orders.jar'));
    expect(await missing(rig, jarId)).toMatchObject({
      message:
        `"${jarId}" is the id of an upload, and its bytes cannot be read back from the JobManager should it lose them` +
        '; no jar in the artifact folder has them',
      valid: 'a copy of orders.jar in the artifact folder of cluster "local", and its name there',
    });
  });

  it('named by the id of somebody else’s upload is not to be had', async () => {
    const rig = await rigOf();
    const jarId = '01234567-89ab-cdef-0123-456789abcdef_other.jar';
    expect(await missing(rig, jarId)).toMatchObject({
      message: `"${jarId}" is the id of an upload, and its bytes cannot be read back from the JobManager should it lose them`,
      valid: 'a copy of other.jar in the artifact folder of cluster "local", and its name there',
    });
  });

  it('and is not: the likeliest and all that there are are named', async () => {
    const rig = await rigOf();
    await writeFile(file(rig, 'zebra.jar'), '');
    await writeFile(file(rig, 'notes.txt'), '');
    const { message, valid } = await missing(rig, 'order.jar');
    expect(message).toBe(
      'there is no jar "order.jar" in the artifact folder of cluster "local"; did you mean "orders.jar"?',
    );
    expect(valid.split(', ').sort()).toEqual(['orders.jar', 'zebra.jar']);
  });

  it('and there is none at all: that is said', async () => {
    const rig = await rigOf();
    await rm(file(rig, 'orders.jar'));
    expect(await missing(rig, 'x.jar')).toMatchObject({
      message: 'there is no jar "x.jar" in the artifact folder of cluster "local"',
      valid: 'none, the folder has no jar',
    });
  });

  it('in a folder that cannot be read is not to be had', async () => {
    const rig = await rigOf();
    await rm(rig.cluster.config.artifacts, { recursive: true });
    expect(await missing(rig, 'orders.jar')).toMatchObject({
      name: 'ArtifactMissing',
      message: `the artifact folder ${rig.cluster.config.artifacts} cannot be read`,
      valid: 'an "artifacts" folder in weir.yaml',
    });
  });

  it('waits for a Flink that does not answer', async () => {
    const rig = await rigOf();
    rig.flink.fault({ on: 'POST /jars/upload', kind: 'RESET_BEFORE' });
    rig.flink.fault({ on: 'GET /jars', kind: 'STATUS', status: 503 });
    expect(await ensured(rig, 'orders.jar')).toMatchObject({ sha256 });
  });
});

describe('P22: a jar that the JobManager lost', () => {
  const jar = { artifact: { jar: 'orders.jar' }, jarId: 'lost', sha256 };
  const again = (rig: Rig) => rig.look((pulse) => uploadedAgain(rig.cluster, jar, pulse));

  it('is uploaded again, by its bytes', async () => {
    const rig = await rigOf();
    expect(await again(rig)).toContain(upload);
    expect(rig.calls).toEqual(['UPLOAD EXECUTED']);
  });

  it('is found under another name', async () => {
    const rig = await rigOf();
    await writeFile(file(rig, 'orders.jar'), 'what somebody put in its place');
    await writeFile(file(rig, 'saved.jar'), 'the program of orders');
    expect(await again(rig)).toContain(`weir-${sha256.slice(0, 16)}-saved.jar`);
  });

  it('whose bytes are in no jar of the folder is not uploaded, nor is one of a folder that is gone', async () => {
    const rig = await rigOf();
    await writeFile(file(rig, 'orders.jar'), 'what somebody put in its place');
    await writeFile(file(rig, 'orders.bak'), 'the program of orders');
    expect(await again(rig)).toBeUndefined();
    await rm(rig.cluster.config.artifacts, { recursive: true });
    expect(await again(rig)).toBeUndefined();
    expect(rig.calls).toEqual([]);
  });
});

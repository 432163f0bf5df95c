import {
  rescaleInputSchema,
  restoreFromSchema,
  retargetSchema,
  steeringNames,
} from '../../src/contracts/rescale';

describe('the input', () => {
  test('names no address, host or server: only a cluster and a job of weir.yaml', () => {
    const fields = Object.keys(rescaleInputSchema.shape);
    expect(fields.filter((field) => /url|host|address|server|rest$/i.test(field))).toEqual([]);
    expect(rescaleInputSchema.safeParse({ job: 'orders', parallelism: 4, rest: 'http://x' }).success).toBe(
      false,
    );
  });

  test('has the names and the values of Ververica for the attempts: 4 and 4', () => {
    expect(rescaleInputSchema.parse({ job: 'orders', parallelism: 4 })).toMatchObject({
      maxSavepointCreationAttempts: 4,
      maxJobCreationAttempts: 4,
    });
  });
});

describe('what is said to a run', () => {
  const messagesOf = (
    result: ReturnType<typeof retargetSchema.safeParse> | ReturnType<typeof restoreFromSchema.safeParse>,
  ) => result.error?.issues.map(({ message }) => message);

  test('has one name as a signal and as an update', () => {
    expect(Object.entries(steeringNames).filter(([key, name]) => key !== name)).toEqual([]);
  });

  test('retarget: a parallelism, and nothing else', () => {
    expect(retargetSchema.parse({ parallelism: 8 })).toEqual({ parallelism: 8 });
    for (const raw of [undefined, 8, 'x']) {
      expect(messagesOf(retargetSchema.safeParse(raw))).toEqual([
        'must be an object such as {"parallelism": 6}',
      ]);
    }
    expect(messagesOf(retargetSchema.safeParse({ parallelism: 8, job: 'orders' }))).toHaveLength(1);
    for (const parallelism of [0, 32_769, 2.5, '8', undefined]) {
      expect(messagesOf(retargetSchema.safeParse({ parallelism }))).toHaveLength(1);
    }
  });

  test('restoreFrom: a path that is not empty, which would start the job without its state', () => {
    expect(restoreFromSchema.parse({ path: 'file:/sp/1' })).toEqual({ path: 'file:/sp/1' });
    for (const raw of [undefined, 'file:/sp/1', { path: '' }, { paths: 'x', path: 'y' }, {}]) {
      expect(messagesOf(restoreFromSchema.safeParse(raw))).toHaveLength(1);
    }
  });
});

import { z } from 'zod';

/**
 * What Weir reads of Flink's answers, and nothing else: responses grow fields with every release, so objects are
 * loose and everything that a version may lack is optional.
 */

const id = z.string().regex(/^[0-9a-f]{32}$/);

/** Answers of which only the status counts. */
export const emptySchema = z.looseObject({});

export const jobStateSchema = z.enum([
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
]);

export const configSchema = z.looseObject({
  'flink-version': z.string(),
  'refresh-interval': z.number(),
  features: z.looseObject({ 'web-submit': z.boolean().default(true) }).prefault({}),
});

/** `/jobmanager/config`: the options that are set, secrets masked. */
export const optionsSchema = z.array(z.looseObject({ key: z.string(), value: z.string() }));

export const overviewSchema = z.looseObject({
  taskmanagers: z.number(),
  'slots-total': z.number(),
  'slots-available': z.number(),
});

export const taskManagersSchema = z.looseObject({
  taskmanagers: z.array(z.looseObject({ id: z.string(), slotsNumber: z.number(), freeSlots: z.number() })),
});

export const jobsOverviewSchema = z.looseObject({
  jobs: z.array(
    z.looseObject({
      jid: id,
      name: z.string(),
      state: jobStateSchema,
      'start-time': z.number(),
      tasks: z.looseObject({
        total: z.number(),
        running: z.number(),
        finished: z.number(),
        initializing: z.number().default(0),
      }),
    }),
  ),
});

export const jobSchema = z.looseObject({
  jid: id,
  name: z.string(),
  state: jobStateSchema,
  /** By the JobManager's clock: when this was seen, and when the job entered each state, ms; 0: never. */
  now: z.number().optional(),
  timestamps: z.record(z.string(), z.number()).default({}),
  /** Since Flink 1.20. */
  'job-type': z.string().optional(),
  vertices: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      parallelism: z.number(),
      maxParallelism: z.number(),
      tasks: z.record(z.string(), z.number()),
    }),
  ),
});

export const jobStatusSchema = z.looseObject({ status: jobStateSchema });

export const jobConfigSchema = z.looseObject({
  'execution-config': z
    .looseObject({ 'job-parallelism': z.number(), 'restart-strategy': z.string().default('') })
    .optional(),
});

const subtaskSchema = z.looseObject({
  attempt: z.number(),
  /** When it was DEPLOYING, ms since the epoch; -1: not yet. */
  'start-time': z.number().optional(),
  /** ms that the task was in each state; -1: never. Since Flink 1.17. */
  'status-duration': z.record(z.string(), z.number()).optional(),
});
export type Subtask = z.infer<typeof subtaskSchema>;

export const vertexSchema = z.looseObject({ subtasks: z.array(subtaskSchema) });

export const backpressureSchema = z.looseObject({
  status: z.string(),
  subtasks: z.array(z.looseObject({ ratio: z.number() })).default([]),
});

const checkpointSchema = z.looseObject({
  id: z.number(),
  status: z.string(),
  is_savepoint: z.boolean().optional(),
  checkpoint_type: z.string().optional(),
  external_path: z.string().nullish(),
  discarded: z.boolean().optional(),
  trigger_timestamp: z.number().optional(),
  latest_ack_timestamp: z.number().optional(),
  end_to_end_duration: z.number().nullish(),
  /** Bytes; what this snapshot wrote, and what it holds. */
  checkpointed_size: z.number().optional(),
  state_size: z.number().optional(),
});
export type CheckpointEntry = z.infer<typeof checkpointSchema>;

export const checkpointsSchema = z.looseObject({
  counts: z.looseObject({ completed: z.number(), in_progress: z.number() }),
  latest: z.looseObject({
    completed: checkpointSchema.nullish(),
    savepoint: checkpointSchema.nullish(),
    restored: z
      .looseObject({
        id: z.number(),
        restore_timestamp: z.number().optional(),
        external_path: z.string().nullish(),
        is_savepoint: z.boolean(),
      })
      .nullish(),
  }),
  history: z.array(checkpointSchema),
});
export type Checkpoints = z.infer<typeof checkpointsSchema>;

export const checkpointConfigSchema = z.looseObject({
  interval: z.number(),
  timeout: z.number(),
  externalization: z.looseObject({ enabled: z.boolean(), delete_on_cancellation: z.boolean() }),
  unaligned_checkpoints: z.boolean().default(false),
  state_backend: z.string().optional(),
});

export const triggerSchema = z.looseObject({ 'request-id': z.string() });

export const savepointOperationSchema = z.looseObject({
  status: z.looseObject({ id: z.enum(['IN_PROGRESS', 'COMPLETED']) }),
  operation: z
    .looseObject({
      location: z.string().optional(),
      'failure-cause': z.looseObject({ class: z.string(), 'stack-trace': z.string() }).optional(),
    })
    .nullish(),
});

export const checkpointOperationSchema = z.looseObject({
  status: z.looseObject({ id: z.enum(['IN_PROGRESS', 'COMPLETED']) }),
  operation: z
    .looseObject({
      checkpointId: z.number().nullish(),
      failureCause: z.looseObject({ 'stack-trace': z.string() }).nullish(),
    })
    .nullish(),
});

/** By vertex. */
export const requirementsSchema = z.record(
  z.string(),
  z.looseObject({ parallelism: z.looseObject({ lowerBound: z.number(), upperBound: z.number() }) }),
);

export const exceptionsSchema = z.looseObject({
  exceptionHistory: z
    .looseObject({ entries: z.array(z.looseObject({ stacktrace: z.string(), timestamp: z.number() })) })
    .optional(),
});

export const uploadSchema = z.looseObject({ filename: z.string() });
export const jarsSchema = z.looseObject({
  files: z.array(z.looseObject({ id: z.string(), name: z.string() })),
});
export const planSchema = z.looseObject({
  plan: z.looseObject({
    name: z.string().optional(),
    nodes: z.array(z.looseObject({ id: z.string(), parallelism: z.number() })),
  }),
});
export const runSchema = z.looseObject({ jobid: id });

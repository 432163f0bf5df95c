import { z } from 'zod';
import type { Call } from '../journal';
import type { Bounded, Bounds } from '../scheduler';
import { texts, trace } from '../traces';
import { ok, refused, serverError, type Handled } from './answer';
import * as bodies from './bodies';
import type { RestContext } from './context';
import type { Request } from './request';

/** The route of a job's bounds: never cached; the adaptive scheduler's only. An unknown job is a 500 here, too. */

const body = z.record(
  z.string(),
  z.object({ parallelism: z.object({ lowerBound: z.int(), upperBound: z.int() }) }),
);

export function read(context: RestContext, request: Request): Handled {
  return ok(bodies.requirements(boundsOf(context, request).now));
}

/** Answered at once: when it acts on them is another matter. */
export function change(context: RestContext, request: Request): Handled {
  const bounds = boundsOf(context, request);
  const asked = parsed(request);
  const { vertices } = context.job(request).options;
  const missing = vertices.find(({ id }) => !asked.has(id));
  if (missing !== undefined)
    throw refused(400, `The request is incomplete, missing job vertex ${missing.id} resource requirements.`);
  const above = vertices.find(({ id, maxParallelism }) => (asked.get(id)?.upper ?? 0) > maxParallelism);
  if (above !== undefined) {
    const { id, maxParallelism } = above;
    const upper = asked.get(id)?.upper;
    throw refused(
      400,
      `The newly requested parallelism ${upper} for the job vertex ${id} exceeds its maximum parallelism ${maxParallelism}.`,
    );
  }
  if (context.cluster.options.scheduling.kind === 'REACTIVE')
    throw serverError(trace(texts.boundsOfReactive));
  bounds.change(asked);
  return { ...ok({}), outcome: 'EXECUTED' };
}

export function describe(request: Request): Partial<Call> {
  const upper = [...parsed(request).values()].map((bounds) => bounds.upper);
  return { jobId: request.params['id'], parallelism: Math.max(...upper) };
}

function parsed(request: Request): Bounds {
  const result = body.safeParse(JSON.parse(request.body.toString('utf8')));
  if (!result.success)
    throw refused(400, 'Request did not match expected format JobResourceRequirementsBody.');
  return new Map(
    Object.entries(result.data).map(([id, { parallelism }]) => [
      ...([id, { lower: parallelism.lowerBound, upper: parallelism.upperBound }] as const),
    ]),
  );
}

function boundsOf(context: RestContext, request: Request): Bounded {
  const id = context.jobId(request);
  const job = context.cluster.jobs.get(id);
  if (job === undefined || job.ended) throw serverError(trace(texts.jobNotFound(id)));
  if (job.bounds === undefined) throw serverError(trace(texts.noBounds));
  return job.bounds;
}

import type { Jar } from '../cluster';
import { jobName, verticesAt } from '../program';
import type { Call } from '../journal';
import { submit } from '../submit';
import { texts, trace } from '../traces';
import { ErrorAnswer, missingJar, ok, refused, serverError, type Answer, type Handled } from './answer';
import { planNodes } from './bodies';
import type { RestContext } from './context';
import { freshId } from '../ids';
import { parsed, runBody, uploadedFile, type Request } from './request';
import { asOf, isSince } from './versions';

/** The routes about jars. */

const uploads = '/uploads/flink-web-upload';

export function list({ cluster, restUrl }: RestContext): Handled {
  const files = [...cluster.jars.values()].map(({ id, name, uploadedAt }) => ({
    ...{ id, name, uploaded: uploadedAt, entry: [{ name: 'simulated.Main', description: null }] },
  }));
  return ok({ address: restUrl(), files });
}

/** Every upload makes a new id. */
export function upload({ cluster }: RestContext, request: Request): Handled {
  const { name, size } = uploadedFile(request);
  const { id } = cluster.addJar(name, size);
  return { ...ok({ filename: `${uploads}/${id}`, status: 'success' }), outcome: 'EXECUTED' };
}

/** Runs main() and submits nothing. A main() that throws is a 500 here, and a 400 on /run. */
export function plan(context: RestContext, request: Request): Handled {
  const body = parsed(request, runBody, 'JarPlanRequestBody');
  const { version } = context.cluster.options;
  const program = context.cluster.programOf(jarOf(context, request, missingOnPlan(version)).name);
  if (program.mainFails !== undefined)
    throw serverError(trace(texts.mainFailed(program.mainFails)) + whereItIsBuilt);
  const nodes = planNodes(verticesAt(program, body.parallelism));
  const name = jobName(program, body.programArgsList);
  return ok({ plan: { jid: freshId(), name, type: 'STREAMING', nodes } });
}

/** The frame by which a program that cannot be built is told from a JobManager in trouble. */
const whereItIsBuilt =
  '\tat org.apache.flink.runtime.webmonitor.handlers.utils.JarHandlerUtils$JarHandlerContext.toJobGraph\n';

export function run(context: RestContext, request: Request): Handled {
  const {
    jobId = freshId(),
    parallelism,
    programArgsList: args,
    savepointPath,
    flinkConfiguration: configuration = {},
  } = parsed(request, runBody, 'JarRunRequestBody');
  const jar = jarOf(context, request);
  const submitted = submit(context.cluster, {
    ...{ jar, jobId, parallelism, args, savepointPath, configuration },
  });
  const answer = submitted.answer.then(({ stackTrace }): Answer => {
    if (stackTrace !== undefined) return new ErrorAnswer(400, [stackTrace]).answer;
    const { version } = context.cluster.options;
    return { status: 200, body: asOf(version, 'submitted', { jobid: jobId, applicationId: jobId }) };
  });
  return { answer, outcome: submitted.outcome };
}

export function describeRun(request: Request): Partial<Call> {
  const {
    jobId,
    savepointPath,
    parallelism,
    programArgsList: args,
  } = parsed(request, runBody, 'JarRunRequestBody');
  return { jobId, savepointPath, parallelism, jar: request.params['jar'], args };
}

/** What a jar that is not there is answered with on /plan: up to 1.16 the handler itself refuses it. */
function missingOnPlan(version: string): (path: string) => ErrorAnswer {
  if (isSince(version, '1.17')) return missingJar;
  return (path) => refused(400, `Jar file ${path} does not exist`);
}

function jarOf({ cluster }: RestContext, { params }: Request, missing = missingJar): Jar {
  const { jar: id = '' } = params;
  const jar = cluster.jars.get(id);
  if (jar === undefined) throw missing(`${uploads}/${id}`);
  return jar;
}

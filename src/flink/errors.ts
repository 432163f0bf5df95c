import { isAxiosError } from 'axios';

/**
 * How a call to Flink fails, by what the caller may do next. Flink's error texts are whole Java stack traces and its
 * statuses say little (an unknown job is 404 on one path and 500 on another), so the classification by status and
 * exception class stands here, once.
 */
export abstract class FlinkError extends Error {}

/**
 * The call was not executed: try again whenever you like. Connection refused, 503 while a leader is elected, or a gateway
 * before Flink that does not let us through.
 */
export class FlinkUnavailable extends FlinkError {
  override readonly name = 'FlinkUnavailable';
}

/** The call may have been executed: look, or repeat the *same* call until the answer is clear. */
export class FlinkAmbiguous extends FlinkError {
  override readonly name = 'FlinkAmbiguous';
}

export type Refusal =
  | 'JOB_NOT_FOUND'
  | 'TRIGGER_NOT_FOUND'
  | 'DUPLICATE_JOB'
  | 'JAR_NOT_FOUND'
  | 'CHECKPOINTING_DISABLED'
  | 'ALREADY_TERMINAL'
  | 'ROUTE_NOT_FOUND'
  /** This scheduler cannot do it for any job. */
  | 'UNSUPPORTED'
  /** The program cannot be built: its class, its main() or its settings. Nothing was submitted. */
  | 'PROGRAM_FAILED'
  | 'OTHER';

/** Flink said no, and nothing was executed. `refusal` says to what. */
export class FlinkRefused extends FlinkError {
  override readonly name = 'FlinkRefused';
  constructor(
    message: string,
    readonly status: number,
    readonly refusal: Refusal,
  ) {
    super(message);
  }
}

/** Refused, for this very reason. */
export function isRefusal(error: unknown, refusal: Refusal): boolean {
  return error instanceof FlinkRefused && error.refusal === refusal;
}

/**
 * An answer with an error status, as one of the three. `text` is the body, whatever it was; `location` is where a
 * redirect points.
 *
 * What is not in Flink's words was said by a gateway before it. Flink has refused nothing then: it has not been
 * reached, or (a gateway's 5xx) was lost on the way. Both are waited for; no job is given up for a password.
 */
export function fromAnswer(status: number, text: string, location = ''): FlinkError {
  if (status >= 300 && status < 400) return redirected(status, location);
  const cause = readableCause(text);
  const message = `${status}: ${cause}`;
  if (isGateways(status, text)) {
    const access = unauthorized.includes(status) ? ' (see "access" in weir.yaml)' : '';
    return new FlinkUnavailable(`a gateway before Flink answers ${message}${access}`);
  }
  if (status === 503 && isFlinks(text)) return new FlinkUnavailable(message);
  const refusal = refusalIn(status, text);
  if (refusal === 'OTHER' && (status >= 500 || status === 408)) return new FlinkAmbiguous(message);
  return new FlinkRefused(message, status, refusal);
}

/** Flink itself never answers so: to be let in is the business of what stands before it. */
const unauthorized = [401, 403, 407];

/** A gateway's answer to a call that it did not pass on. A body that is too long for it never gets through: refused. */
function isGateways(status: number, text: string): boolean {
  if (unauthorized.includes(status) || status === 429) return true;
  return status < 500 && status !== 408 && status !== 413 && !isFlinks(text);
}

function isFlinks(text: string): boolean {
  return /^\s*\{\s*"errors"\s*:/.test(text);
}

function redirected(status: number, location: string): FlinkUnavailable {
  return new FlinkUnavailable(
    `a gateway before Flink answers ${status}: it redirects to ${pointedAt(location)}, which is not followed ` +
      '(see "rest" and "access" in weir.yaml)',
  );
}

/** Host and path only: a log-in page is given tokens in what follows. */
function pointedAt(location: string): string {
  const place = location.replace(/[?#].*$/s, '').replace(/^(https?:)?\/\/[^/]*@/i, '$1//');
  return place.slice(0, 200) || 'nowhere';
}

/** A call without an answer, as `FlinkUnavailable` if it never arrived, else `FlinkAmbiguous`. */
export function fromTransport(error: unknown): FlinkError {
  const code = isAxiosError(error) ? (error.code ?? '') : '';
  const message = error instanceof Error ? error.message : String(error);
  if (notSent.includes(code)) return new FlinkUnavailable(`Flink cannot be reached: ${message}`);
  if (untrusted.test(code)) {
    const why = `its certificate is not trusted: ${message} (see "access" in weir.yaml)`;
    return new FlinkUnavailable(`Flink cannot be reached: ${why}`);
  }
  if (/maxContentLength/.test(message))
    return new FlinkAmbiguous(`the answer is too long to be Flink's, and was not read: ${message}`);
  return new FlinkAmbiguous(`no answer from Flink: ${message}`);
}

const notSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
/** How Node names what is wrong with a server's certificate: nothing is sent to such a server. */
const untrusted = /^(UNABLE_TO_|CERT_|ERR_TLS_CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|INVALID_CA)/;

function refusalIn(status: number, text: string): Refusal {
  if (/Duplicate(Job|Application)SubmissionException/.test(text)) return 'DUPLICATE_JOB';
  if (
    /There is no (?:savepoint|checkpoint) operation with triggerId|Operation not found under key/.test(text)
  ) {
    return 'TRIGGER_NOT_FOUND';
  }
  if (/Checkpointing has not been enabled/.test(text)) return 'CHECKPOINTING_DISABLED';
  if (/Jar file .* does not exist/.test(text)) return 'JAR_NOT_FOUND';
  if (/FlinkJobNotFoundException|Job [0-9a-f]{32} not found|Could not find Flink job/.test(text))
    return 'JOB_NOT_FOUND';
  if (status === 404 && /Not found: |Unable to load requested file/.test(text)) return 'ROUTE_NOT_FOUND';
  if (/Cannot change the parallelism of a job|does not support changing the parallelism/.test(text))
    return 'UNSUPPORTED';
  if (status === 409) return 'ALREADY_TERMINAL';
  // Flink builds the program in this class, before any submit, and answers its error as one of its own.
  if (status === 500 && /JarHandlerUtils/.test(text)) return 'PROGRAM_FAILED';
  return 'OTHER';
}

/** The longest cause that we keep: Flink's serialized throwables are 36 KB, a Temporal failure should be small (P32). */
const longest = 600;

/**
 * What a person wants to read of a Java stack trace: the last two of its lines that name an exception, so what Flink was
 * doing and why it could not. Takes a trace or an error body (`{"errors": [...]}`).
 */
export function readableCause(text: string): string {
  const trace = errorsIn(text);
  const causedBy = [...trace.matchAll(/^Caused by: (.+)$/gm)].map((match) => match[1] ?? '');
  const said = [firstLine(trace), ...causedBy].map(withoutPackage);
  const why = said.at(-1) ?? '';
  // Wrappers repeat the text of what they wrap.
  const doing = said.findLast((cause) => !cause.includes(messageOf(why)));
  return (doing === undefined ? why : `${doing.slice(0, longest / 2)}: ${why}`).slice(0, longest);
}

/** `org.apache.flink.X: text` as `X: text`. */
function withoutPackage(line: string): string {
  return line.replace(/\b(?:[a-z][\w$]*\.)+(?=[\w$]*(?:Exception|Error)\b)/g, '');
}

function messageOf(cause: string): string {
  return /^[\w$]+: (.+)$/.exec(cause)?.[1] ?? cause;
}

/** The first line that says something: Flink puts "Internal server error." above what it knows. */
function firstLine(trace: string): string {
  const lines = trace.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !line.startsWith('<Exception on server side'));
  return said.find((line) => line !== 'Internal server error.') ?? said[0] ?? '(no text)';
}

function errorsIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'errors' in body && Array.isArray(body.errors)) {
      return body.errors.map(String).join('\n');
    }
  } catch {
    // not JSON: a proxy's page, or a truncated body; its text is all there is
  }
  const title = /^\s*<(?:!doctype|html)\b.*?<title>\s*(.+?)\s*<\/title>/is.exec(text)?.[1];
  return title ?? text;
}

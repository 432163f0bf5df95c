import type { Outcome } from '../journal';
import { trace } from '../traces';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What a route does with a request. It has acted when it returns; the answer may take longer. */
export interface Handled {
  readonly answer: Answer | Promise<Answer>;
  /** For calls that change something. */
  readonly outcome?: Outcome;
}

/** An error as Flink answers it: `{"errors": [...]}`. */
export class ErrorAnswer extends Error {
  constructor(
    readonly status: number,
    readonly errors: readonly string[],
  ) {
    super(errors[0]);
  }

  get answer(): Answer {
    return { status: this.status, body: { errors: this.errors } };
  }
}

const rest = 'org.apache.flink.runtime.rest';

export function ok(body: unknown, status = 200): Handled {
  return { answer: { status, body } };
}

/** What the handler of a route refuses. */
export function refused(status: number, message: string): ErrorAnswer {
  return new ErrorAnswer(status, [trace(`${rest}.handler.RestHandlerException: ${message}`)]);
}

export function notFound(message: string, ...causes: readonly string[]): ErrorAnswer {
  return new ErrorAnswer(404, [trace(`${rest}.NotFoundException: ${message}`, ...causes)]);
}

/** What no handler expects is a 500. */
export function serverError(stackTrace: string): ErrorAnswer {
  const text = `<Exception on server side:\n${stackTrace}\nEnd of exception on server side>`;
  return new ErrorAnswer(500, ['Internal server error.', text]);
}

export const missingJar = (path: string) => {
  const what = `${rest}.handler.RestHandlerException: Jar file ${path} does not exist`;
  return serverError(trace(`java.util.concurrent.CompletionException: ${what}`, what));
};

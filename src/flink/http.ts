import axios from 'axios';
import type { AxiosInstance, Method } from 'axios';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { z } from 'zod';
import { FlinkAmbiguous, FlinkUnavailable, fromAnswer, fromTransport } from './errors';

/** Flink's answers are small; a megabyte of stack traces is the worst seen. */
const longestAnswer = 16 * 1024 * 1024;

/** Where a cluster's REST API is, and what opens the gateway before it. */
export interface FlinkOptions {
  readonly rest: string;
  /** PEM texts. With `ca`, the servers that it signed are trusted and no others. */
  readonly tls?: Tls | undefined;
  /** Asked before each call, so that a secret that is changed is taken up. Throws, with a message that may be shown, if it cannot be had. */
  readonly credential?: (() => Promise<Credential>) | undefined;
}

export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Credential {
  /** The value of the Authorization header. */
  readonly authorization: string;
  /** What must not be shown: a gateway may repeat it in its answer. */
  readonly secrets: readonly string[];
}

export interface Call {
  readonly timeout: number;
  readonly data?: unknown;
  readonly signal?: AbortSignal | undefined;
}

const noCredential = { secrets: [] };

/** One cluster's address: calls in, parsed answers out. Throws one of the three `FlinkError`s, without secrets, and nothing else. */
export class FlinkHttp {
  private readonly http: AxiosInstance;
  private readonly credential: FlinkOptions['credential'];

  constructor({ rest, tls, credential }: FlinkOptions) {
    this.credential = credential;
    this.http = axios.create({
      baseURL: rest,
      httpAgent: new HttpAgent({ keepAlive: true }),
      httpsAgent: new HttpsAgent({ keepAlive: true, ...tls }),
      // the credential goes to no other host
      maxRedirects: 0,
      maxContentLength: longestAnswer,
      validateStatus: () => true,
      responseType: 'text',
      transformResponse: (body: unknown) => body,
      proxy: false,
    });
  }

  async request<S extends z.ZodType>(
    method: Method,
    path: string,
    schema: S,
    call: Call,
  ): Promise<z.output<S>> {
    const { authorization, secrets } = await this.credentialNow();
    call.signal?.throwIfAborted();
    const headers = authorization === undefined ? {} : { authorization };
    let answer;
    try {
      const { signal, ...rest } = call;
      const config = { method, url: path, headers, ...rest, ...(signal === undefined ? {} : { signal }) };
      answer = await this.http.request<string>(config);
    } catch (error) {
      call.signal?.throwIfAborted();
      throw fromTransport(error);
    }
    const hidden = (text: string) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
    if (answer.status >= 200 && answer.status < 300) return parse(answer.data, schema, path, hidden);
    throw fromAnswer(answer.status, hidden(answer.data), hidden(locationOf(answer.headers)));
  }

  /** A call without its credential is not sent. */
  private async credentialNow(): Promise<{ authorization?: string; secrets: readonly string[] }> {
    if (this.credential === undefined) return noCredential;
    try {
      return await this.credential();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new FlinkUnavailable(`Flink is not asked: ${why}`);
    }
  }
}

function locationOf(headers: Readonly<Record<string, unknown>>): string {
  const { location } = headers;
  return typeof location === 'string' ? location : '';
}

/** An answer that does not parse was executed all the same: ambiguous, never a refusal. */
function parse<S extends z.ZodType>(
  text: string,
  schema: S,
  path: string,
  hidden: (text: string) => string,
): z.output<S> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new FlinkAmbiguous(`the answer of ${path} is not JSON: ${hidden(text).slice(0, 80)}`);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new FlinkAmbiguous(
    `the answer of ${path} is not what Flink gives: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}

import { ApplicationFailure } from '@temporalio/common';
import axios from 'axios';
import type { Notice } from '../contracts/notice';

/** Where notices go, by weir.yaml. Its path may be a secret as well: no message and no log shows more than the host. */
export interface Webhook {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Below the activity's own time-out, so that what hangs is said by name. */
const timeoutMs = 2_500;

/**
 * POSTs the notice as JSON, to be answered by a 2xx. Does nothing where this worker's weir.yaml names no webhook.
 *
 * @throws ApplicationFailure `NotTold`, to be tried again
 */
export async function notify(webhook: Webhook | undefined, notice: Notice): Promise<void> {
  if (webhook === undefined) return;
  const { status } = await post(webhook, notice);
  if (status < 200 || status > 299) throw notTold(webhook, `answered ${status}`);
}

async function post({ url, headers }: Webhook, notice: Notice): Promise<{ readonly status: number }> {
  try {
    return await axios.post(url, notice, {
      headers,
      timeout: timeoutMs,
      // A connection that is never made does not count for `timeout`.
      signal: AbortSignal.timeout(timeoutMs),
      // the header goes to no other host
      maxRedirects: 0,
      maxContentLength: 64 * 1024,
      validateStatus: () => true,
    });
  } catch (error) {
    // The error itself carries the request, header and all.
    throw notTold({ url, headers }, `cannot be reached (${codeOf(error)})`);
  }
}

function codeOf(error: unknown): string {
  if (axios.isCancel(error)) return `no answer within ${timeoutMs / 1_000} s`;
  return axios.isAxiosError(error) ? (error.code ?? 'no code') : 'no code';
}

function notTold({ url }: Webhook, why: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'NotTold',
    message: `the webhook at ${new URL(url).host} ${why}`,
  });
}

import { ApplicationFailure } from '@temporalio/common';
import axios from 'axios';
import { Agent } from 'node:https';
import { AccessError, openAccess } from '../access';
import type { WebhookConfig } from '../config';
import type { Notice } from '../contracts/notice';
import type { FlinkOptions } from '../flink/http';

/** Where notices go, by weir.yaml. Its path may be a secret as well: no message and no log shows more than the host. */
export interface Webhook {
  readonly url: string;
  readonly agent?: Agent;
  readonly credential?: FlinkOptions['credential'];
}

export function connectWebhook({ url, access }: WebhookConfig): Webhook {
  const { tls, credential } = openAccess(access);
  return { url, credential, ...(tls && { agent: new Agent(tls) }) };
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

async function post(webhook: Webhook, notice: Notice): Promise<{ readonly status: number }> {
  const { url, agent, credential } = webhook;
  try {
    const authorization = (await credential?.())?.authorization;
    return await axios.post(url, notice, {
      headers: authorization === undefined ? {} : { authorization },
      ...(agent && { httpsAgent: agent }),
      timeout: timeoutMs,
      // A connection that is never made does not count for `timeout`.
      signal: AbortSignal.timeout(timeoutMs),
      // the credential goes to no other host
      maxRedirects: 0,
      maxContentLength: 64 * 1024,
      validateStatus: () => true,
    });
  } catch (error) {
    // The error itself carries the request, credential and all.
    if (error instanceof AccessError) throw notTold(webhook, `was not called: ${error.message}`);
    throw notTold(webhook, `cannot be reached (${codeOf(error)})`);
  }
}

function codeOf(error: unknown): string {
  if (axios.isCancel(error)) return `no answer within ${timeoutMs / 1_000} s`;
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'no code';
}

function notTold({ url }: Webhook, why: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'NotTold',
    message: `the webhook at ${new URL(url).host} ${why}`,
  });
}

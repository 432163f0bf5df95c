/**
 * Loaded into the worker by the bench (NODE_OPTIONS=-r): notes when each of its requests over HTTP was sent, and when its
 * answer came, in the file that LOG_REQUESTS names.
 */
const { subscribe } = require('node:diagnostics_channel');
const { createWriteStream } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const file = process.env.LOG_REQUESTS;
if (file !== undefined && isMainThread) {
  const log = createWriteStream(file, { flags: 'a' });
  const sentAt = new WeakMap();
  subscribe('http.client.request.start', ({ request }) => sentAt.set(request, Date.now()));
  subscribe('http.client.response.finish', ({ request }) => {
    const { method, path } = request;
    log.write(`${JSON.stringify({ method, path, sentAt: sentAt.get(request), answeredAt: Date.now() })}\n`);
  });
}

const base64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Every text in a JSON value, one a line, and what those say that are base64: the payloads of a history are. */
export function allTexts(json: unknown): string {
  if (typeof json === 'string')
    return base64.test(json) ? `${json}\n${Buffer.from(json, 'base64').toString('utf8')}\n` : `${json}\n`;
  if (typeof json !== 'object' || json === null) return '';
  return Object.entries(json)
    .map(([key, value]) => `${key}\n${allTexts(value)}`)
    .join('');
}

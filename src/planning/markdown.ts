/** What others have named or said, so that Markdown shows it as it is and nothing around it breaks. */

/** In a sentence. */
export function plain(text: string): string {
  return oneLine(text).replace(/[\\`*<>|~[\]]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)/g, '\\$&');
}

/** As code: what is to be copied. */
export function code(text: string): string {
  const line = oneLine(text);
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

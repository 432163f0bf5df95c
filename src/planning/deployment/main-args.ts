import { quote } from '../by-hand';

export type Words =
  | { readonly kind: 'WORDS'; readonly words: readonly string[] }
  | { readonly kind: 'UNCLOSED'; readonly quote: "'" | '"' };

/**
 * One word of a command line, up to the next blank, in pieces: a bare or an escaped character, '...' and "...", and the end
 * of a line that goes on, which is nothing. What no piece matches is a quote without its end.
 */
const piece = /\\\n|\\([^])|'([^']*)'|"((?:\\[^]|[^"\\])*)"|([^\s'"])/y;
const blanks = /(?:\s|\\\n)*/y;

/** `mainArgs` as a POSIX shell would split it; nothing is expanded, so that `$`, `*` and `~` stand for themselves. */
export function splitMainArgs(line = ''): Words {
  const words: string[] = [];
  let at = afterBlanks(line, 0);
  while (at < line.length) {
    let word = '';
    while (at < line.length && !/\s/.test(line.charAt(at))) {
      piece.lastIndex = at;
      const found = piece.exec(line);
      if (found === null) return { kind: 'UNCLOSED', quote: line.charAt(at) === '"' ? '"' : "'" };
      const [text, escaped, single, double, bare] = found;
      word += escaped ?? single ?? double?.replace(/\\(?:(["\\$`])|\n)/g, '$1') ?? bare ?? '';
      at += text.length;
    }
    words.push(word);
    at = afterBlanks(line, at);
  }
  return { kind: 'WORDS', words };
}

/** The line that splits into these words. */
export function mainArgsOf(args: readonly string[]): string {
  return args.map(quote).join(' ');
}

function afterBlanks(line: string, at: number): number {
  blanks.lastIndex = at;
  return at + (blanks.exec(line)?.[0].length ?? 0);
}

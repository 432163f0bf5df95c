import { LineCounter, isCollection, isMap, isNode, isScalar, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import { z } from 'zod';

/** The configuration cannot be used. The message says where, what is valid, and one command to run next. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(
    readonly what: string,
    next = 'correct it, then start the worker again: npm run worker',
  ) {
    super(`${what}\nNext: ${next}`);
  }
}

/** Something wrong at a place of the file. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly what: string;
}

/** So many faults are told at once. */
const mostFaults = 8;

/** A file in YAML that knows on which line each of its fields is. */
export class ConfigFile {
  readonly raw: unknown;
  private readonly document: Document.Parsed;
  private readonly lines = new LineCounter();

  /** `name`: what messages call the file. @throws ConfigError if it is not YAML */
  constructor(
    text: string,
    private readonly name: string,
  ) {
    // pretty errors would show the lines around the place, which may hold what nobody should see
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    const [error] = this.document.errors;
    if (error !== undefined) {
      const what = error.code === 'MULTIPLE_DOCS' ? 'it holds several documents; keep one' : error.message;
      throw new ConfigError(`${name}:${this.lineAt(error.pos[0])}: is not YAML: ${what}`);
    }
    this.raw = this.document.toJS();
  }

  /** One line a fault: `weir.yaml:12: clusters.local.rest: must be ...`. */
  error(faults: readonly Fault[]): ConfigError {
    const told = faults.slice(0, mostFaults).map(({ path, what }) => {
      const field = path.length === 0 ? '' : ` ${z.core.toDotPath([...path])}:`;
      return `${this.name}:${this.lineOf(path)}:${field} ${what}`;
    });
    const more = faults.length - told.length;
    return new ConfigError([...told, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
  }

  /** Of the field, or of the deepest thing around it that is there. */
  private lineOf(path: readonly PropertyKey[]): number {
    let node: unknown = this.document.contents;
    let offset = isNode(node) ? startOf(node) : 0;
    for (const key of path) {
      const child: unknown = isCollection(node) ? node.get(key, true) : undefined;
      const pair = isMap(node)
        ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
        : undefined;
      const place: unknown = pair?.key ?? child;
      if (!isNode(place)) break;
      offset = startOf(place);
      node = child;
    }
    return this.lineAt(offset);
  }

  private lineAt(offset: number): number {
    return Math.max(1, this.lines.linePos(offset).line);
  }
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

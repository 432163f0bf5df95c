import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';
import type { Resource } from '../planning/deployment/resource';
import { parseResource } from '../planning/deployment/resource';
import { deploymentWorkflowId } from '../planning/deployment/ids';
import type { Identity } from '../planning/deployment/ids';
import { nearest } from '../planning/nearest';
import { valueAt } from '../planning/problems';
import { UsageError } from './arguments';

/** A document of a file: one deployment. */
export interface Document {
  /** `orders.yaml:12: document 2` */
  readonly place: string;
  readonly identity: Identity;
  readonly resource: Resource;
  readonly notServed: readonly string[];
}

/** What is known of the clusters. */
export interface Clusters {
  /** Of weir.yaml; empty: there is no weir.yaml here. */
  readonly names: readonly string[];
  /** `--cluster` */
  readonly given: string | undefined;
}

export interface Source {
  /** What messages call it. */
  readonly name: string;
  readonly text: string;
}

/** `folder`: what the files' names are seen from. @throws UsageError a file cannot be read */
export function readSources(files: readonly string[], folder: string): Source[] {
  return files.map((file) => {
    const name = file === '-' ? 'standard input' : file;
    try {
      return { name, text: readFileSync(file === '-' ? 0 : resolve(folder, file), 'utf8') };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new UsageError(`${name} cannot be read: ${why}`, 'ls *.yaml *.json');
    }
  });
}

/**
 * The deployments of all files, each read and complete. Nothing is applied of files of which one has a fault.
 *
 * @throws UsageError with every fault of every document
 */
export function readDocuments(sources: readonly Source[], clusters: Clusters): Document[] {
  const read = sources.flatMap((source) => documentsOf(source, clusters));
  const documents = read.flatMap(({ document }) => document ?? []);
  const faults = [...read.flatMap(({ faults }) => faults), ...doubled(documents)];
  const files = sources.map(({ name }) => name).join(' -f ');
  const next = `correct it, then: npm run apply -- -f ${files} --dry-run`;
  if (faults.length > 0) throw new UsageError(faults.join('\n'), next);
  if (documents.length === 0) throw new UsageError(`${files}: there is no document in it`, next);
  return documents;
}

interface Read {
  readonly document?: Document;
  readonly faults: readonly string[];
}

function documentsOf({ name, text }: Source, clusters: Clusters): Read[] {
  const lines = new LineCounter();
  // pretty errors would show the lines around the place, which may hold what nobody should see
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((yaml, i): Read[] => {
    const [error] = yaml.errors;
    const at = error?.pos[0] ?? yaml.contents?.range?.[0] ?? 0;
    const place = `${name}:${Math.max(1, lines.linePos(at).line)}: document ${i + 1}`;
    if (error !== undefined) return [{ faults: [`${place}: is not YAML: ${error.message}`] }];
    const raw: unknown = yaml.toJS();
    if (raw === null || raw === undefined) return [];
    return [documentOf(place, raw, clusters)];
  });
}

function documentOf(place: string, raw: unknown, clusters: Clusters): Read {
  const name = valueAt(raw, ['metadata', 'name']);
  const cluster = clusterOf(valueAt(raw, ['spec', 'sessionClusterName']), clusters);
  const known = typeof name === 'string' && name !== '' ? name : '?';
  const parsed = parseResource(raw, { cluster: cluster.name ?? '?', name: known });
  const problems = [...(parsed.kind === 'INVALID' ? parsed.problems : []), ...cluster.problems];
  const faults = problems.map((problem) => `${place}: ${problem}`);
  if (parsed.kind === 'INVALID' || cluster.name === undefined || faults.length > 0) return { faults };
  const identity = { cluster: cluster.name, name: known };
  return {
    document: { place, identity, resource: parsed.deployment, notServed: parsed.notServed },
    faults,
  };
}

/** The one that the resource names counts first; that it is a name is `parseResource`'s to say. */
function clusterOf(
  written: unknown,
  { names, given }: Clusters,
): { readonly name?: string; readonly problems: readonly string[] } {
  const [only, ...others] = names;
  const chosen = written ?? given ?? (others.length === 0 ? only : undefined);
  if (chosen === undefined) {
    const valid = names.length === 0 ? 'its name in weir.yaml' : names.join(', ');
    return { problems: [`"spec.sessionClusterName" is missing; it must be the cluster’s name: ${valid}`] };
  }
  if (typeof chosen !== 'string') return { name: '?', problems: [] };
  if (names.length === 0 || names.includes(chosen)) return { name: chosen, problems: [] };
  const close = nearest(chosen, names);
  const hint = close === undefined ? '' : `; did you mean "${close}"?`;
  const field = written === undefined ? '--cluster' : '"spec.sessionClusterName"';
  const must = `it must be a cluster of weir.yaml: ${names.join(', ')}${hint}`;
  return { name: chosen, problems: [`${field} is "${chosen}"; ${must}`] };
}

/** Of two resources for one deployment, which counts? */
function doubled(documents: readonly Document[]): string[] {
  const seen = new Map<string, string>();
  return documents.flatMap(({ place, identity }) => {
    const id = deploymentWorkflowId(identity);
    const other = seen.get(id);
    seen.set(id, place);
    return other === undefined ? [] : [`${place}: ${id} is in ${other} too; keep one of them`];
  });
}

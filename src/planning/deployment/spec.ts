import type { Change, DeploymentSpec } from '../../contracts/deployment';
import type { Artifact } from '../../contracts/rescale';
import { splitMainArgs } from './main-args';
import { isObject } from './merge-patch';

/** What the spec's job is made of, as a rescale takes it. */
export function artifactOf({ template }: DeploymentSpec): Artifact {
  const { artifact, flinkConfiguration } = template.spec;
  const args = argsOf(artifact.mainArgs);
  return {
    jar: artifact.jarUri,
    entryClass: artifact.entryClass,
    ...(args.length > 0 && { args: [...args] }),
    ...(Object.keys(flinkConfiguration).length > 0 && { flinkConfiguration }),
  };
}

/** A resource that was read (`parseResource`) has no quote without its end. */
export function argsOf(mainArgs = ''): readonly string[] {
  const split = splitMainArgs(mainArgs);
  return split.kind === 'WORDS' ? split.words : [mainArgs];
}

export const parallelismField = 'template.spec.parallelism';

/** Names of the fields in which two specs differ, in order: `template.spec.parallelism`. `mainArgs` differ if their words do. */
export function differences(a: DeploymentSpec, b: DeploymentSpec): string[] {
  return unlike(comparable(a), comparable(b)).map(({ field }) => field);
}

/** Those of them that a job takes on only by a restart: what it is made of and how it runs, not how it is looked after. */
export function restartFields(a: DeploymentSpec, b: DeploymentSpec): string[] {
  return differences(a, b).filter((field) => field === 'jobName' || field.startsWith('template.'));
}

/** Nothing but the parallelism differs. */
export function isParallelismOnly(fields: readonly string[]): boolean {
  return fields.length === 1 && fields[0] === parallelismField;
}

function comparable(spec: DeploymentSpec): object {
  const { artifact } = spec.template.spec;
  const mainArgs = argsOf(artifact.mainArgs);
  return {
    ...spec,
    template: { spec: { ...spec.template.spec, artifact: { ...artifact, mainArgs } } },
  };
}

/** The fields in which two objects differ, in order, each with both values as JSON; an empty object has no fields. */
export function unlike(a: object, b: object): Change[] {
  const [from, to] = [leaves(a), leaves(b)];
  const fields = [...new Set([...from.keys(), ...to.keys()])].sort();
  return fields.flatMap((field) => {
    const [was, is] = [from.get(field), to.get(field)];
    if (was === is) return [];
    return [{ field, ...(was !== undefined && { from: was }), ...(is !== undefined && { to: is }) }];
  });
}

/** Each value with the path to it. */
function leaves(value: unknown, path: readonly string[] = []): Map<string, string> {
  if (!isObject(value)) return new Map([[path.join('.'), JSON.stringify(value)]]);
  return new Map(Object.entries(value).flatMap(([key, at]) => [...leaves(at, [...path, key])]));
}

import type { z } from 'zod';
import { deploymentSchema } from '../../contracts/deployment';
import type { Deployment } from '../../contracts/deployment';
import { check, said, valueAt } from '../problems';
import type { Checked, Problem } from '../problems';
import { deploymentWorkflowId } from './ids';
import type { Identity } from './ids';
import { splitMainArgs } from './main-args';
import { mergePatch, withoutField } from './merge-patch';
import { jarNameOf, withoutNotServed } from './not-served';

/** Full, but for the version that it will have; a version in it is the one that it was written against. */
export type Resource = Omit<Deployment, 'metadata'> & {
  readonly metadata: Omit<Deployment['metadata'], 'resourceVersion'> & {
    readonly resourceVersion?: number | undefined;
  };
};

export type ParsedResource =
  | {
      readonly kind: 'RESOURCE';
      readonly deployment: Resource;
      /** A sentence for each field that was read and counts for nothing. */
      readonly notServed: readonly string[];
    }
  | { readonly kind: 'INVALID'; readonly problems: readonly string[] };

/**
 * Reads a resource as somebody wrote it, or as Ververica Platform exported it: all problems at once, or the full
 * resource of this very deployment. A field that is null is one that was left out.
 */
export function parseResource(raw: unknown, identity: Identity): ParsedResource {
  const { raw: served, notServed } = withoutNotServed(raw);
  const checked = checkWithoutNulls(served);
  if (checked.kind === 'INVALID') return { kind: 'INVALID', problems: worded(checked.problems, served) };

  const { metadata, spec, kind, apiVersion } = checked.data;
  const { artifact } = spec.template.spec;
  const { jar, notServed: ofJar } = jarNameOf(artifact.jarUri);
  const problems = [...namesOf(checked.data, identity), ...linesOf(jar, artifact.mainArgs)];
  if (problems.length > 0) return { kind: 'INVALID', problems };
  return {
    kind: 'RESOURCE',
    deployment: {
      ...{ kind, apiVersion, metadata },
      spec: {
        ...spec,
        sessionClusterName: identity.cluster,
        jobName: spec.jobName ?? identity.name,
        template: { spec: { ...spec.template.spec, artifact: { ...artifact, jarUri: jar } } },
      },
    },
    notServed: [...notServed, ...ofJar],
  };
}

/** The deployment with a JSON merge patch (RFC 7396), read again: a field that null takes away has its default. */
export function patched(deployment: Deployment, patch: unknown): ParsedResource {
  const { metadata, spec } = deployment;
  return parseResource(mergePatch(deployment, patch), {
    cluster: spec.sessionClusterName,
    name: metadata.name,
  });
}

type Written = z.output<typeof deploymentSchema>;

function checkWithoutNulls(raw: unknown): Checked<Written> {
  const checked = check(deploymentSchema, raw);
  if (checked.kind === 'VALID') return checked;
  const nulls = checked.problems.filter(
    (problem) => problem.kind === 'WRONG_VALUE' && problem.value === null,
  );
  return check(
    deploymentSchema,
    nulls.reduce((rest, { path }) => withoutField(rest, path), raw),
  );
}

function namesOf({ metadata, spec }: Written, identity: Identity): string[] {
  const id = deploymentWorkflowId(identity);
  const unlike = (field: string, is: string, must: string) =>
    is === must ? [] : [`"${field}" is "${is}", and this is the deployment ${id}; it must be "${must}"`];
  return [
    ...unlike('metadata.name', metadata.name, identity.name),
    ...unlike('spec.sessionClusterName', spec.sessionClusterName ?? identity.cluster, identity.cluster),
  ];
}

const inArtifact = 'spec.template.spec.artifact';

function linesOf(jar: string, mainArgs: string | undefined): string[] {
  const problems = jar === '' ? [`"${inArtifact}.jarUri" names no jar; it must end with the jar’s name`] : [];
  const split = splitMainArgs(mainArgs);
  if (split.kind === 'UNCLOSED')
    problems.push(
      `"${inArtifact}.mainArgs" has a ${split.quote} without its end; it must be as on a shell’s command line`,
    );
  return problems;
}

/** What no jar is, is said once, instead of each field that a jar would have. */
function worded(problems: readonly Problem[], raw: unknown): string[] {
  const kind = valueAt(raw, [...inArtifact.split('.'), 'kind']);
  if (kind !== 'PYTHON' && kind !== 'SQLSCRIPT') return problems.map(said);
  const others = problems.filter(({ path }) => !path.map(String).join('.').startsWith(inArtifact));
  return [
    ...others.map(said),
    `"${inArtifact}.kind" is "${kind}", and Weir starts jars only; it must be "JAR", with the program in a jar`,
  ];
}

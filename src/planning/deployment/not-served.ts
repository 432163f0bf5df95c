import { isObject, withoutField } from './merge-patch';

/**
 * Fields of Ververica Platform's own Deployment that Weir has no use for, and why. A resource may have them, so that
 * one exported there can be applied here as it is; whoever applies it is told of each.
 */
const fields: Readonly<Record<string, string>> = {
  'metadata.id': 'a deployment is known by its cluster and its name',
  'metadata.displayName': 'a deployment is known by its name',
  'metadata.namespace': 'the Temporal namespace separates',
  'metadata.createdAt': '`history` shows when each spec came',
  'metadata.modifiedAt': '`history` shows when each spec came',
  'metadata.annotations': 'labels are kept',
  status: 'the query `status` shows what is',
  'spec.deploymentTargetId': 'jobs run in the session cluster that sessionClusterName names',
  'spec.deploymentTargetName': 'jobs run in the session cluster that sessionClusterName names',
  'spec.jobFailureExpirationTime': 'recoveries are bounded and backed off by Weir’s own rule',
  'spec.jobFailureExpirationTimeMillis': 'recoveries are bounded and backed off by Weir’s own rule',
  'spec.template.metadata': 'there are no pods of the job’s own to annotate',
  'spec.template.spec.numberOfTaskManagers': 'the TaskManagers are the session cluster’s',
  'spec.template.spec.resources': 'the TaskManagers are the session cluster’s',
  'spec.template.spec.kubernetes': 'the pods are the session cluster’s',
  'spec.template.spec.logging': 'logging is set on the session cluster',
  'spec.template.spec.latestCheckpointFetchInterval': 'the newest checkpoint is read whenever it is needed',
  'spec.template.spec.disasterCheckpointsDelay': 'the newest checkpoint is read whenever it is needed',
  'spec.template.spec.artifact.additionalDependencies': 'the jar must hold all that it needs',
  'spec.template.spec.artifact.flinkVersion': 'Flink’s version is the session cluster’s',
  'spec.template.spec.artifact.flinkImageRegistry': 'Flink’s image is the session cluster’s',
  'spec.template.spec.artifact.flinkImageRepository': 'Flink’s image is the session cluster’s',
  'spec.template.spec.artifact.flinkImageTag': 'Flink’s image is the session cluster’s',
  'spec.template.spec.artifact.pythonArtifactUri': 'only jars are started',
  'spec.template.spec.artifact.additionalPythonArchives': 'only jars are started',
  'spec.template.spec.artifact.additionalPythonLibraries': 'only jars are started',
  'spec.template.spec.artifact.sqlScript': 'only jars are started',
};

export const notServedFields: readonly string[] = Object.keys(fields);

const drainAnnotation = 'com.dataartisans.appmanager.controller.deployment.stop-with-drain';
/** Fields that only Ververica Platform writes: with one of them, the resourceVersion is its own. */
const ofAnExport = ['id', 'displayName', 'namespace', 'createdAt', 'modifiedAt'];

/** The resource without them, and a sentence each; one that is empty or null says nothing and gets none. */
export function withoutNotServed(raw: unknown): {
  readonly raw: unknown;
  readonly notServed: readonly string[];
} {
  const metadata = at(raw, ['metadata']);
  const exported = ofAnExport.some((key) => at(metadata, [key]) !== undefined);
  const drain = at(metadata, ['annotations', drainAnnotation]);
  const all = {
    ...fields,
    ...(drain !== undefined && {
      'metadata.annotations': `for ${drainAnnotation} use suspend with {"drain": true}; labels are kept`,
    }),
    ...(exported && { 'metadata.resourceVersion': 'the version of an export is not one of Weir’s' }),
  };
  const notServed: string[] = [];
  let rest = raw;
  for (const [field, why] of Object.entries(all)) {
    const path = field.split('.');
    const value = at(rest, path);
    if (value === undefined) continue;
    if (!isEmpty(value)) notServed.push(`${field} is not served: ${why}`);
    rest = withoutField(rest, path);
  }
  return { raw: rest, notServed };
}

/**
 * The name in the artifact folder that a `jarUri` means, and a sentence if that is less than it says. The rest of it
 * is not repeated: it may hold a credential.
 */
export function jarNameOf(jarUri: string): { readonly jar: string; readonly notServed: readonly string[] } {
  const path = /^[a-z][a-z0-9+.-]*:/i.test(jarUri) ? jarUri.replace(/[?#].*/s, '') : jarUri;
  const jar = path.replace(/.*[/:]/s, '');
  if (jar === jarUri) return { jar, notServed: [] };
  const said =
    `of spec.template.spec.artifact.jarUri only the last part is served, "${jar}": that jar is taken from the ` +
    'cluster’s artifact folder';
  return { jar, notServed: [said] };
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (isObject(found) && Object.hasOwn(found, key) ? Reflect.get(found, key) : undefined),
    value,
  );
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

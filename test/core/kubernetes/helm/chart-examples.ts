import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isMap, plain } from '../../../../src/core/document/node.ts';
import type { Json, Node } from '../../../../src/core/document/node.ts';
import { parseYaml } from '../../../../src/core/document/yaml.ts';
import type { RenderedCollector } from '../../../../src/core/kubernetes/rendered-collector.ts';

/** What two lists of objects, one rendered here and one by Helm, agree on: rows of a table, and the differences in full. */
export interface Comparison {
  readonly part: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** Whether two values are the same as JSON: absent keys and undefined ones are alike. */
export function isSame(ours: unknown, theirs: unknown): boolean {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
  return isDeepStrictEqual(plain(ours), plain(theirs));
}

export function rootsOf(file: string, text: string): readonly Node[] {
  const { documents, findings } = parseYaml(file, text);
  if (findings.length > 0) throw new Error(`${file}: ${findings[0]?.message ?? ''}`);
  return documents.map(({ root }) => root);
}

export function readRoots(...parts: string[]): readonly Node[] {
  const path = join(...parts);
  return rootsOf(path, readFileSync(path, 'utf8'));
}

/** All objects of the YAML files of a folder. */
export function objectsIn(folder: string): readonly Json[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => readRoots(folder, name).map((root) => plain(root)));
}

type Path = readonly (string | number)[];

export function dig(value: Json | undefined, ...path: Path): Json | undefined {
  let current: Json | undefined = value;
  for (const step of path) {
    if (typeof step === 'number') current = Array.isArray(current) ? current[step] : undefined;
    else current = isMap(current) ? current[step] : undefined;
  }
  return current;
}

export function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** The objects that Helm made beside what was rendered here, part by part. */
export function compareWithHelm(ours: RenderedCollector, objects: readonly Json[]): readonly Comparison[] {
  const kind = (...kinds: readonly string[]): readonly Json[] =>
    objects.filter((object) => kinds.some((name) => name === dig(object, 'kind')));
  const workload = kind('Deployment', 'DaemonSet', 'StatefulSet').find(
    (object) => dig(object, 'kind') === ours.workload?.kind,
  );
  const configMap = kind('ConfigMap').find(
    (object) => dig(object, 'metadata', 'name') === ours.source?.configMap,
  );
  const relay = dig(configMap, 'data', 'relay');
  const pod = dig(workload, 'spec', 'template', 'spec');
  const container = dig(pod, 'containers', 0);
  const ownContainer = ours.workload?.containers[0];
  const service = kind('Service')[0];
  const hpa = kind('HorizontalPodAutoscaler')[0];
  const role = kind('ClusterRole')[0];
  return [
    {
      part: 'config',
      ours: ours.config?.tree,
      theirs: typeof relay === 'string' ? plain(rootsOf('relay', relay)[0]) : undefined,
    },
    {
      part: 'workload',
      ours: [ours.workload?.kind, ours.workload?.name, ours.workload?.namespace, ours.workload?.replicas],
      theirs: [
        dig(workload, 'kind'),
        dig(workload, 'metadata', 'name'),
        dig(workload, 'metadata', 'namespace'),
        // A replica count of null is one to Kubernetes; with an autoscaler there is none.
        dig(workload, 'spec', 'replicas') ??
          (hpa === undefined && workload !== undefined && dig(workload, 'kind') !== 'DaemonSet'
            ? 1
            : undefined),
      ],
    },
    {
      part: 'container',
      ours: [
        ownContainer?.name,
        ours.image?.value,
        ours.args,
        ours.serviceAccount,
        ownContainer?.env.map(({ name, value, from }) => [name, value?.value ?? from]),
      ],
      theirs: [
        dig(container, 'name'),
        dig(container, 'image'),
        list(dig(container, 'args')),
        dig(pod, 'serviceAccountName'),
        list(dig(container, 'env')).map((variable) => {
          const from = dig(variable, 'valueFrom');
          return [dig(variable, 'name'), dig(variable, 'value') ?? (isMap(from) ? Object.keys(from)[0] : '')];
        }),
      ],
    },
    {
      part: 'mounts',
      ours: mountTexts(
        ownContainer?.spec?.mounts.map(({ volume, path, readOnly }) => [volume, path, readOnly]),
        ours.workload?.pod?.volumes.map(({ name, kind: from, of, path }) => [name, from, of ?? path?.value]),
      ),
      theirs: mountTexts(
        list(dig(container, 'volumeMounts')).map((mount) => [
          dig(mount, 'name'),
          dig(mount, 'mountPath'),
          dig(mount, 'readOnly') ?? false,
        ]),
        list(dig(pod, 'volumes')).map((volume) => {
          const from = Object.keys(isMap(volume) ? volume : {}).find((key) => key !== 'name') ?? '';
          return [dig(volume, 'name'), from, dig(volume, from, 'name') ?? dig(volume, from, 'path')];
        }),
      ),
    },
    {
      part: 'ports',
      ours: ours.ports.map((port) => [port.name, port.port, port.protocol, port.hostPort]),
      theirs: list(dig(container, 'ports')).map((port) =>
        ['name', 'containerPort', 'protocol', 'hostPort'].map((key) => dig(port, key)),
      ),
    },
    {
      part: 'service',
      ours: ours.services.map(({ name, internalTrafficPolicy, ports }) => [
        name,
        internalTrafficPolicy,
        ports.map((port) => [port.name, port.port, port.targetPort, port.protocol, port.appProtocol]),
      ]),
      theirs: (service === undefined ? [] : [service]).map((object) => [
        dig(object, 'metadata', 'name'),
        dig(object, 'spec', 'internalTrafficPolicy'),
        list(dig(object, 'spec', 'ports')).map((port) =>
          ['name', 'port', 'targetPort', 'protocol', 'appProtocol'].map((key) => dig(port, key)),
        ),
      ]),
    },
    {
      part: 'role',
      ours: [ours.role?.name, ruleTexts(ours.role?.rules ?? [])],
      theirs: [dig(role, 'metadata', 'name'), ruleTexts(list(dig(role, 'rules')))],
    },
    {
      part: 'autoscaler',
      ours: [ours.autoscaler?.min, ours.autoscaler?.max],
      theirs: [dig(hpa, 'spec', 'minReplicas'), dig(hpa, 'spec', 'maxReplicas')],
    },
  ];
}

function mountTexts(mounts: readonly unknown[] = [], volumes: readonly unknown[] = []): readonly string[] {
  return [...mounts, ...volumes].map((row) => JSON.stringify(row));
}

/** Rules as sorted lines: neither the order of rules nor that of verbs means anything. */
export function ruleTexts(rules: readonly unknown[]): readonly string[] {
  return rules
    .map((rule) => {
      const sorted = (key: string): string => {
        const value: unknown = Reflect.get(Object(rule), key);
        return Array.isArray(value) ? value.map(String).sort().join(',') : '';
      };
      return ['apiGroups', 'resources', 'resourceNames', 'verbs'].map(sorted).join(' ');
    })
    .sort();
}

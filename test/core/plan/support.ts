import type { ComponentCatalogue } from '../../../src/core/collector/catalogue.ts';
import type { Resource, ResourceKey } from '../../../src/core/bindplane/resource.ts';
import { buildPlan } from '../../../src/core/plan/build-plan.ts';
import type { PlanInput, ServerView } from '../../../src/core/plan/build-plan.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import type { ViewContext } from '../../../src/core/resources/view.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { repositoryView } from '../../support/repository.ts';

const catalogue: ComponentCatalogue = builtInCatalogue();
export type Files = Readonly<Record<string, string>>;

export const RUNS: number = process.env['COLLIE_LAWS'] === 'full' ? 500 : 5;

export function doc(kind: string, name: string, spec: string): string {
  const indented = spec
    .trim()
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('');
  return `apiVersion: bindplane.observiq.com/v1\nkind: ${kind}\nmetadata:\n  name: ${name}\nspec:\n${indented}`;
}

export function configuration(
  name: string,
  sources: readonly string[],
  destinations: readonly string[] = ['out'],
): string {
  const items = (names: readonly string[]): string => names.map((one) => `  - name: ${one}\n`).join('');
  return doc(
    'Configuration',
    name,
    `sources:\n${items(sources)}destinations:\n${items(destinations)}selector:\n  matchLabels:\n    configuration: ${name}`,
  );
}

export function workload(
  name: string,
  labels: string,
  image = 'ghcr.io/observiq/bindplane-agent:1.80.1',
): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: obs}
spec:
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: agent
          image: ${image}
          env:
            - {name: OPAMP_LABELS, value: "${labels}"}
            - name: KUBE_NODE_NAME
              valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
          volumeMounts: [{name: state, mountPath: /var/lib}, {name: state, mountPath: /etc/otel/storage}]
      volumes: [{name: state, hostPath: {path: /var/lib/agent, type: DirectoryOrCreate}}]
`;
}

export const base: Files = {
  'in.yaml': doc('Source', 'in', 'type: otlp'),
  'out.yaml': doc(
    'Destination',
    'out',
    'type: otlp_grpc\nparameters:\n  - name: hostname\n    value: backend',
  ),
  'edge.yaml': configuration('edge', ['in']),
  'fleet.yaml': doc('Fleet', 'front', 'configuration: edge\nselector:\n  matchLabels:\n    fleet: front'),
};

export function planOf(
  before: Files,
  after: Files,
  more: { context?: Partial<ViewContext>; server?: ServerView } = {},
): Plan {
  const input: PlanInput = {
    base: repositoryView(before, more.context),
    head: repositoryView(after, more.context),
    catalogue,
    ...(more.server && { server: more.server }),
  };
  return buildPlan(input);
}

export function ids(plan: Plan): readonly string[] {
  return plan.steps.map(({ id }) => id);
}

export function serverWith(files: Files, more: Partial<ServerView> = {}): ServerView {
  const strip = ({ document: _document, at: _at, ...resource }: Resource): Resource => resource;
  const { resources } = repositoryView(files).repository;
  return {
    resources: new Map(
      [...resources].map(([key, resource]): [ResourceKey, Resource] => [key, strip(resource)]),
    ),
    unmanaged: 0,
    ...more,
  };
}

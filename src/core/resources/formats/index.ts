import { bindplaneResources } from './bindplane.ts';
import { collectorConfig } from './collector-config.ts';
import type { DocumentFormat } from './format.ts';
import { helmChart } from './helm-chart.ts';
import { helmValues } from './helm-values.ts';
import { kustomization } from './kustomization.ts';
import { kubernetesManifests } from './kubernetes.ts';
import { rolloutPolicy } from './rollout-policy.ts';
import { workflow } from './workflow.ts';
import { supervisorConfig } from './supervisor.ts';

/** Every format a repository's YAML may have; the first that claims a document reads it. */
export const FORMATS: readonly DocumentFormat[] = [
  bindplaneResources,
  rolloutPolicy,
  kustomization,
  kubernetesManifests,
  helmValues,
  helmChart,
  supervisorConfig,
  workflow,
  collectorConfig,
];

import type { Container, Workload } from '../kubernetes/workload.ts';
import type { LintInput } from './rule.ts';

/** A workload that runs kubeagent, and the container that it is. */
export interface KubeAgent {
  readonly workload: Workload;
  readonly container: Container;
}

/** The workloads that run kubeagent: told by its variables, or by its image (reference/collector.md §3.4). */
export function kubeAgents({ head }: LintInput): readonly KubeAgent[] {
  return head.repository.manifests.workloads.flatMap((workload) =>
    workload.containers
      .filter(
        ({ init, env, image }) =>
          !init &&
          (env.some(({ name }) => name.startsWith('KM_')) ||
            /(?:^|\/)(?:km-)?kube-?agent(?:[:@]|$)/.test(image?.value ?? '')),
      )
      .map((container) => ({ workload, container })),
  );
}

/** The file that it reads: anything but DAEMONSET is a deployment. Undefined where a reference decides. */
export function configKeyOf({ container }: KubeAgent): string | undefined {
  const mode = container.env.findLast(({ name }) => name === 'DEPLOYMENT_MODE');
  if (mode !== undefined && mode.value === undefined) return undefined;
  return mode?.value?.value.toUpperCase() === 'DAEMONSET' ? 'agent-daemonset.yaml' : 'agent-deployment.yaml';
}

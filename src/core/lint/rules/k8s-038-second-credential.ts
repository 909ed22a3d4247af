import type { Finding } from '../../document/finding.ts';
import type { EnvironmentVariable, Workload } from '../../kubernetes/workload.ts';
import { gatewayOf } from '../gateways.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster, RunningConfig } from '../running.ts';

export const secondCredentialRule: Rule = {
  id: 'K8S-038',
  severity: 'notice',
  summary: 'The backend’s credential in another workload than the gateway',
  docs: 'Where a gateway sends to the backend, nobody else needs its credential: each pod that has it is one more that can lose it, and a DaemonSet is one on every node. Take the variable away where the config does not use it (a warning); where it does, what is sent past the gateway is the question (PIP-016).',
  check: (_input, cluster) => {
    const bySecret = Map.groupBy(cluster.workloads.flatMap(credentialsOf), ({ secret }) => secret);
    return [...bySecret.values()].flatMap((holders) => heldBy(holders, cluster));
  },
};

/** A variable of a container that a key of a Secret fills. */
interface Credential {
  readonly workload: Workload;
  readonly variable: EnvironmentVariable;
  readonly secret: string;
}

function credentialsOf(workload: Workload): readonly Credential[] {
  return workload.containers.flatMap(({ env, init }) =>
    init
      ? []
      : env.flatMap((variable) =>
          variable.from === 'secretKeyRef' && variable.key !== undefined
            ? [
                {
                  workload,
                  variable,
                  secret: [workload.namespace, variable.key.of, variable.key.name].join('/'),
                },
              ]
            : [],
        ),
  );
}

/** Those who have one key of a Secret: told of all but gateways, where a gateway sends with it. */
function heldBy(holders: readonly Credential[], cluster: Cluster): readonly Finding[] {
  if (new Set(holders.map(({ workload }) => workload.key)).size < 2) return [];
  const isGateway = ({ workload }: Credential): boolean => gatewayOf(workload, cluster) !== undefined;
  const sending = holders.find(
    (holder) =>
      isGateway(holder) &&
      cluster.runningIn(holder.workload).some((one) => usesToSend(one, holder.variable.name)),
  );
  if (sending === undefined) return [];
  return holders
    .filter((holder) => holder.workload.key !== sending.workload.key && !isGateway(holder))
    .map(({ workload, variable }): Finding => {
      const running = cluster.runningIn(workload);
      const isUnused =
        running.length > 0 && running.every((one) => one.whole && !usesToSend(one, variable.name));
      return {
        rule: secondCredentialRule.id,
        severity: isUnused ? 'warning' : 'notice',
        message: `${workloadWords(workload)} has \`${variable.name}\` from Secret \`${variable.key?.of ?? ''}\`, with which ${workloadWords(sending.workload)} sends${isUnused ? ', and its own config does not use it' : ': one place more that can lose it'}`,
        at: variable.at,
        related: [{ message: workloadWords(sending.workload), at: sending.workload.at }],
      };
    });
}

/** Whether exporters, or extensions that they authenticate with, read a variable. */
function usesToSend({ rendered }: RunningConfig, name: string): boolean {
  const { exporters, extensions } = rendered.delivered.tree;
  const text = JSON.stringify([exporters ?? null, extensions ?? null], (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return text.includes(`\${env:${name}}`) || text.includes(`\${${name}}`) || text.includes(`\${env:${name}:`);
}

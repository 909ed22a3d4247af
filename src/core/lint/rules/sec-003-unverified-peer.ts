import { isLoopback, isPublic, parseEndpoint } from '../../collector/endpoint.ts';
import { isList, isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import type { Finding } from '../../document/finding.ts';
import type { Rule } from '../rule.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const unverifiedPeerRule: Rule = {
  id: 'SEC-003',
  severity: 'warning',
  summary: 'TLS that does not look who answers, or OpAMP without TLS',
  docs: 'With `insecure_skip_verify` whoever stands between reads and changes everything; over OpAMP he also sets the config. Name the authority (`ca_file`). The kubelet’s certificate is signed by nobody on many clusters, so for `kubelet_stats` it is a notice, as are hosts within the cluster that are asked by plain `ws`.',
  check: (_input, cluster) => [...cluster.running.flatMap((one) => unverified(one)), ...agents(cluster)],
};

function unverified(running: RunningConfig): readonly Finding[] {
  return running.components.flatMap(({ class: section, id, type, body }) =>
    // What a control plane's types set by themselves for the kubelet nobody can mend.
    type === 'kubelet_stats' && running.rendered.resource !== undefined
      ? []
      : pathsOf(body, [section, id])
          .filter((path) => isAuthored(running, path))
          .map((path) =>
            runningFinding(running, {
              rule: unverifiedPeerRule.id,
              severity: type === 'kubelet_stats' ? 'notice' : 'warning',
              path,
              message: `${section.slice(0, -1)} \`${id}\` takes any certificate (\`insecure_skip_verify\`)`,
            }),
          ),
  );
}

function pathsOf(value: Json, path: readonly string[]): readonly (readonly string[])[] {
  if (isList(value)) return value.flatMap((item, index) => pathsOf(item, [...path, String(index)]));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === 'insecure_skip_verify' && child === true ? [[...path, key]] : pathsOf(child, [...path, key]),
  );
}

function agents({ workloads }: Cluster): readonly Finding[] {
  return workloads.flatMap(({ containers }) =>
    containers.flatMap(({ env }) =>
      env.flatMap(({ name, value }): readonly Finding[] => {
        if (value === undefined) return [];
        if (name === 'OPAMP_TLS_SKIP_VERIFY' && /^(?:true|1)$/i.test(value.value)) {
          const message = 'the agent takes its config from whoever answers (`OPAMP_TLS_SKIP_VERIFY`)';
          return [{ rule: unverifiedPeerRule.id, severity: 'warning', message, at: value.at }];
        }
        if (name !== 'OPAMP_ENDPOINT') return [];
        const { scheme, host } = parseEndpoint(value.value);
        if (scheme !== 'ws' || isLoopback(host)) return [];
        const outside = isPublic(host);
        const message = `the agent gets its config without TLS (\`ws://\`)${outside ? ', over the internet' : ''}`;
        return [
          { rule: unverifiedPeerRule.id, severity: outside ? 'warning' : 'notice', message, at: value.at },
        ];
      }),
    ),
  );
}

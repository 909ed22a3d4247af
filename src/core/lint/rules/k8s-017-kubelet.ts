import type { Finding } from '../../document/finding.ts';
import { bodyOf } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const kubeletRule: Rule = {
  id: 'K8S-017',
  severity: 'notice',
  summary: '`kubelet_stats` that does not say whose certificate the kubelet has',
  docs: 'Where the kubelet signs its own certificate (kubeadm, kind, k3s) no authority vouches for it, and the receiver gets nothing but errors; managed clusters sign it with the cluster’s authority, so it is a notice. Name the authority (`ca_file`) where the cluster signs kubelets’ certificates, else set `insecure_skip_verify: true`.',
  check: (_input, { running }) => running.flatMap((one) => unsaid(one)),
};

function unsaid(running: RunningConfig): readonly Finding[] {
  return startedComponents(running, 'receivers', ['kubelet_stats']).flatMap(({ id }): readonly Finding[] => {
    const body = bodyOf(running, 'receivers', id);
    const { endpoint } = body;
    const said = ['insecure_skip_verify', 'ca_file', 'ca_pem'].some((key) => body[key] !== undefined);
    if (body['auth_type'] !== 'serviceAccount' || said || !isAuthored(running, ['receivers', id])) return [];
    // 10255 is the read-only port, without TLS.
    if (typeof endpoint === 'string' && endpoint.endsWith(':10255')) return [];
    return [
      runningFinding(running, {
        rule: kubeletRule.id,
        severity: 'notice',
        path: ['receivers', id],
        message: `\`${id}\` has neither \`ca_file\` nor \`insecure_skip_verify\`; a kubelet that signs its own certificate is refused`,
      }),
    ];
  });
}

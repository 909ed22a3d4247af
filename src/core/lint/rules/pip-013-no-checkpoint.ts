import type { Finding } from '../../document/finding.ts';
import { bodyOf } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { startedComponents } from '../running.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const noCheckpointRule: Rule = {
  id: 'PIP-013',
  severity: 'warning',
  summary: 'A `file_log` receiver that forgets where it was',
  docs: 'Without `storage` the place in each file is kept in memory. After a restart `start_at: beginning` reads every file again, so that everything is sent twice (a warning); `start_at: end`, the default, skips what was written in between (a notice, for pods, which restart more often). Give it a `file_storage` on a volume that outlives the pod.',
  check: (_input, { running }) =>
    running.flatMap((one) => (one.rendered.resource === undefined ? forgetful(one) : [])),
};

function forgetful(running: RunningConfig): readonly Finding[] {
  return startedComponents(running, 'receivers', ['file_log']).flatMap(({ id }): readonly Finding[] => {
    const body = bodyOf(running, 'receivers', id);
    const { storage, start_at: from } = body;
    if (storage !== undefined && storage !== null) return [];
    const again = from === 'beginning';
    if (!again && running.workload === undefined) return [];
    const what = again
      ? 'reads all files again after a restart (`start_at: beginning`)'
      : 'skips what is written while it restarts';
    return [
      runningFinding(running, {
        rule: noCheckpointRule.id,
        severity: again ? 'warning' : 'notice',
        path: ['receivers', id],
        message: `\`${id}\` has no \`storage\`, so it ${what}`,
      }),
    ];
  });
}

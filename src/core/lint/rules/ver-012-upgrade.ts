import { VERSION_EVENTS } from '../../collector/version-events.ts';
import { isAtLeast } from '../../collector/version.ts';
import type { Finding } from '../../document/finding.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';
import { workloadWords } from '../running.ts';

export const upgradeRule: Rule = {
  id: 'VER-012',
  severity: 'warning',
  summary: 'An image change that makes the same config do something else',
  docs: 'Some versions change what a config does without refusing it: where a receiver listens, how variables are written, what metrics are called. Only changes that touch what the config uses are told, and only when this change crosses the version. What the new version refuses is told by VER-001 to VER-006.',
  check: (input, cluster) => cluster.running.flatMap((running) => crossed(running, input)),
};

function crossed(running: RunningConfig, { base, catalogue }: LintInput): readonly Finding[] {
  const { workload, container, distribution, version } = running;
  if (base === undefined || workload === undefined || version === undefined) return [];
  const before = base.targets
    .get(running.rendered.key)
    ?.workloads.find((one) => one.workload.key === workload.key && one.container.name === container?.name);
  if (before?.version === undefined || before.distribution !== distribution) return [];
  const old = catalogue.collectorVersion(before.distribution, before.version);
  if (old === undefined) return [];
  return VERSION_EVENTS.flatMap((event): readonly Finding[] => {
    if (isAtLeast(old, event.since) || !isAtLeast(version, event.since)) return [];
    const [path, ...others] = event.paths(running.config.tree);
    if (path === undefined) return [];
    return [
      runningFinding(running, {
        rule: upgradeRule.id,
        severity: 'warning',
        message: `${workloadWords(workload)} goes from collector ${old} to ${version}, and since ${event.since} ${event.what}${others.length === 0 ? '' : ` (here and in ${others.length} more)`}`,
        path,
      }),
    ];
  });
}

import type { Finding, RelatedPlace } from '../document/finding.ts';
import { configFinding } from './config-finding.ts';
import type { ConfigMistake } from './config-finding.ts';
import { workloadWords } from './running.ts';
import type { RunningConfig } from './running.ts';

/** A finding at whatever brought a path into the config, with the workload that runs it. */
export function runningFinding(
  { rendered, workload }: RunningConfig,
  mistake: ConfigMistake,
  related: readonly RelatedPlace[] = [],
): Finding {
  const finding = configFinding(rendered, mistake);
  const own =
    workload !== undefined && rendered.collector === undefined
      ? [{ message: `run by ${workloadWords(workload)}`, at: workload.at }]
      : [];
  const all = [...(finding.related ?? []), ...related, ...own];
  return all.length === 0 ? finding : { ...finding, related: all };
}

import type { Finding, RelatedPlace } from '../document/finding.ts';
import { configFinding } from './config-finding.ts';
import type { ConfigMistake } from './config-finding.ts';
import { workloadWords } from './running.ts';
import type { RunningConfig } from './running.ts';

/** Whether an author wrote what stands at a path, or at least something above it; what a chart or an operator adds is not his to mend. */
export function isAuthored({ rendered, config }: RunningConfig, path: readonly string[]): boolean {
  const added = longest(rendered.collector?.config?.added ?? [], path);
  return added === 0 || added < longest(config.provenance, path);
}

function longest(entries: readonly { readonly path: readonly string[] }[], path: readonly string[]): number {
  let best = 0;
  for (const entry of entries) {
    if (
      entry.path.length > best &&
      entry.path.length <= path.length &&
      entry.path.every((step, index) => step === path[index])
    ) {
      best = entry.path.length;
    }
  }
  return best;
}

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

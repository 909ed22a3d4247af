import { durationMs } from '../../collector/duration.ts';
import type { Finding } from '../../document/finding.ts';
import type { Json } from '../../document/node.ts';
import { bodyOf } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { RunningConfig } from '../running.ts';

export const gracePeriodRule: Rule = {
  id: 'K8S-025',
  severity: 'notice',
  summary: 'A pod that is killed before it has sent what it holds',
  docs: 'At its end a collector waits for the last batch and for the exporters’ answers. `terminationGracePeriodSeconds` (30 by default) has to be longer than the longest batch timeout, a tail sampling’s `decision_wait` and one exporter timeout together. Retries may take longer than any grace period; for them there are persistent queues.',
  check: (_input, { running }) => running.flatMap((one) => tooShort(one)),
};

const DEFAULT_SECONDS = 30;
const EXPORTER_TIMEOUT_MS = 5000;

function tooShort(running: RunningConfig): readonly Finding[] {
  const { workload } = running;
  if (workload?.pod === undefined || !running.whole) return [];
  const { gracePeriodSeconds } = workload.pod;
  const grace = gracePeriodSeconds?.value ?? DEFAULT_SECONDS;
  const longest = (
    section: 'processors' | 'exporters',
    types: readonly string[] | undefined,
    key: string,
    fallback: number,
  ): number =>
    Math.max(
      0,
      ...running.components
        .filter((one) => one.class === section && (types === undefined || types.includes(one.type)))
        .map(({ id }) => milliseconds(bodyOf(running, section, id)[key]) ?? fallback),
    );
  const needed =
    longest('processors', ['batch'], 'timeout', 200) +
    longest('processors', ['tail_sampling'], 'decision_wait', 30_000) +
    longest('exporters', undefined, 'timeout', EXPORTER_TIMEOUT_MS);
  if (needed < grace * 1000) return [];
  return [
    {
      rule: gracePeriodRule.id,
      severity: 'notice',
      message: `${workloadWords(workload)} has ${grace} s to end and may need ${Math.ceil(needed / 1000)} s to send what it holds`,
      at: gracePeriodSeconds?.at ?? workload.at,
    },
  ];
}

function milliseconds(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? durationMs(value) : undefined;
}

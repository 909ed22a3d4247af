import { parseVersion } from '../../collector/version.ts';
import type { Finding } from '../../document/finding.ts';
import type { Cluster, Sender } from '../running.ts';
import { workloadWords } from '../running.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import type { Rule } from '../rule.ts';

/** Minor versions; a collector is released every two weeks, so this is about half a year. */
const FAR_APART_MINORS = 12;

export const skewRule: Rule = {
  id: 'VER-008',
  severity: 'notice',
  summary: 'Agents much newer than the gateway that they send to',
  docs: 'OTLP itself is stable, but what newer agents send (semantic conventions, metric names) may be new to an older gateway and its processors. Upgrade gateways first, then agents.',
  check: (_input, cluster) => cluster.workloads.flatMap((workload) => skewed(workload, cluster)),
};

function skewed(gateway: Workload, cluster: Cluster): readonly Finding[] {
  const version = cluster.runningIn(gateway).find((one) => one.version !== undefined)?.version;
  const own = minorOf(version);
  if (own === undefined) return [];
  const newer = cluster.sendersTo(gateway).flatMap(({ running }): readonly Skew[] => {
    const minor = minorOf(running.version);
    return minor !== undefined && minor - own > FAR_APART_MINORS && running.workload !== undefined
      ? [{ workload: running.workload, running }]
      : [];
  });
  const [first] = newer;
  if (first === undefined) return [];
  const image = imageAt(gateway);
  return [
    {
      rule: skewRule.id,
      severity: 'notice',
      message: `${workloadWords(gateway)} runs collector ${version ?? ''} and gets what ${workloadWords(first.workload)} with collector ${first.running.version ?? ''} sends; upgrade the gateway first`,
      at: image ?? gateway.at,
      related: newer.map(({ workload }) => ({
        message: `${workloadWords(workload)} sends to it`,
        at: imageAt(workload) ?? workload.at,
      })),
    },
  ];
}

interface Skew {
  readonly workload: Workload;
  readonly running: Sender['running'];
}

function imageAt({ containers }: Workload): Workload['at'] | undefined {
  return containers.find(({ init, image }) => !init && image !== undefined)?.image?.at;
}

/** Only 0.x versions are compared: that is what collectors have had so far. */
function minorOf(version: string | undefined): number | undefined {
  const parsed = version === undefined ? undefined : parseVersion(version);
  return parsed?.major === 0 ? parsed.minor : undefined;
}

import type { Finding } from '../../document/finding.ts';
import { isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import { bodyOf, isPushed, typedPipelines } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const connectionLostRule: Rule = {
  id: 'PIP-005',
  severity: 'warning',
  summary: '`k8s_attributes` looks at the connection behind a processor that has let go of it',
  docs: 'It tells a pod by the address that data came from (`from: connection`, which is also the default). Behind `batch`, `tail_sampling` and `groupbytrace` data of many connections is mixed, so the attributes are missing. Put `k8s_attributes` before them, or associate by an attribute of the resource.',
  check: (_input, { running }) => running.flatMap((one) => behind(one)),
};

const FORGET_CONNECTION: ReadonlySet<string> = new Set(['batch', 'tail_sampling', 'groupbytrace']);

function behind(running: RunningConfig): readonly Finding[] {
  return typedPipelines(running).flatMap((one) =>
    one.processors.flatMap(({ id, type, index }): readonly Finding[] => {
      const body = bodyOf(running, 'processors', id);
      if (type !== 'k8s_attributes' || !isPushed(one, running) || !usesConnection(body)) return [];
      const before = one.processors.slice(0, index).find((other) => FORGET_CONNECTION.has(other.type));
      if (before === undefined) return [];
      return [
        runningFinding(running, {
          rule: connectionLostRule.id,
          severity: 'warning',
          path: ['service', 'pipelines', one.pipeline.id, 'processors', String(index)],
          message: `\`${id}\` finds pods by their connection, which is gone behind \`${before.id}\`; put it before`,
        }),
      ];
    }),
  );
}

/** Whether the connection is all it can tell pods by; with other sources in front it is only the last resort. */
function usesConnection(body: JsonMap): boolean {
  const given = body['pod_association'];
  if (body['passthrough'] === true) return true;
  if (!Array.isArray(given) || given.length === 0) return true;
  return given.every((association: Json) => {
    const sources = isMap(association) ? association['sources'] : undefined;
    return (
      (Array.isArray(sources) &&
        sources.some((source: Json) => isMap(source) && source['from'] === 'connection')) ||
      (isMap(association) && association['from'] === 'connection')
    );
  });
}

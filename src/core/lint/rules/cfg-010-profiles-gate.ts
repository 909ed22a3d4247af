import { pipelinesOf } from '../../collector/pipelines.ts';
import type { Finding } from '../../document/finding.ts';
import { gateState } from '../feature-gates.ts';
import type { Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

const GATE = 'service.profilesSupport';

export const profilesGateRule: Rule = {
  id: 'CFG-010',
  severity: 'error',
  summary: 'A profiles pipeline in a collector that is started without the feature gate for it',
  docs: `Profiles are at alpha level: without \`--feature-gates=${GATE}\` the collector refuses the pipeline. Only workloads whose command line the manifests show are judged.`,
  check: (_input, { running }) => running.flatMap((one) => withoutGate(one)),
};

function withoutGate(running: RunningConfig): readonly Finding[] {
  const { config, container, whole } = running;
  if (!whole || gateState(running, GATE) !== 'off') return [];
  return pipelinesOf(config.tree).flatMap(({ id, signal }) =>
    signal === 'profiles'
      ? [
          runningFinding(
            running,
            {
              rule: profilesGateRule.id,
              severity: 'error',
              path: ['service', 'pipelines', id],
              message: `pipeline \`${id}\` needs \`--feature-gates=${GATE}\`, which the container is not started with`,
              otelcolMessage: `service::pipelines: pipeline "${id}": profiling signal support is at alpha level, gated under the "${GATE}" feature gate`,
            },
            container?.spec && [{ message: 'the container', at: container.spec.at }],
          ),
        ]
      : [],
  );
}

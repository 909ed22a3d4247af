import { componentType } from '../../collector/component-id.ts';
import { pipelinesOf } from '../../collector/pipelines.ts';
import type { EffectiveConfig } from '../../collector/effective-config.ts';
import { mapAt } from '../config-finding.ts';
import type { Recipient } from '../recipients.ts';
import type { LintInput, Rule } from '../rule.ts';
import { versionFindings } from '../version-findings.ts';
import type { VersionCheck, VersionProblem } from '../version-findings.ts';

/** The check for components in pipelines of a signal that they do not take part in. */
export const signalVersion: VersionCheck = {
  rule: 'VER-006',
  verb: 'refused by',
  problems,
  otelcolMessage: (found) =>
    found
      .map(
        ({ component, path }) =>
          `failed to create "${component.id}" ${component.class.slice(0, -1)} for data type "${componentType(path[2] ?? '')}": telemetry type is not supported`,
      )
      .join('\n'),
  fixes: () => [],
};

export const signalVersionRule: Rule = {
  id: 'VER-006',
  severity: 'error',
  summary: 'A component in a pipeline of a signal that it does not take part in',
  docs: 'A receiver that makes only metrics cannot stand in a pipeline of logs; the collector does not start. Which signals a component has is read from its metadata, version by version.',
  check: (input) => versionFindings(signalVersion, input).map(({ finding }) => finding),
};

function problems(
  config: EffectiveConfig,
  { collector }: Recipient,
  { catalogue }: LintInput,
): readonly VersionProblem[] {
  const connectors = mapAt(config.tree, 'connectors');
  return pipelinesOf(config.tree).flatMap((pipeline) =>
    (['receivers', 'processors', 'exporters'] as const).flatMap((list) =>
      pipeline[list].flatMap((id, index): readonly VersionProblem[] => {
        if (pipeline.signal === undefined || Object.hasOwn(connectors, id)) return [];
        const type = componentType(id);
        const verdict = catalogue.signal(list, type, pipeline.signal, collector);
        if (verdict.verdict !== 'unsupported') return [];
        return [
          {
            path: ['service', 'pipelines', pipeline.id, list, String(index)],
            component: { class: list, id, type },
            subject: id,
            certainty: verdict.certainty,
            note: `it takes no part in pipelines of ${pipeline.signal}${verdict.supported.length === 0 ? '' : `, only of ${verdict.supported.join(', ')}`}`,
          },
        ];
      }),
    ),
  );
}

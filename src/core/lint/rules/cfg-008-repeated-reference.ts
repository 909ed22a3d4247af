import { references } from '../../collector/errors/references.ts';
import { pipelinesOf } from '../../collector/pipelines.ts';
import { wholeConfigs } from '../config-finding.ts';
import type { ConfigMistake } from '../config-finding.ts';
import type { Rule } from '../rule.ts';

export const repeatedReferenceRule: Rule = {
  id: 'CFG-008',
  severity: 'error',
  summary: 'A pipeline that names a component twice',
  docs: 'A processor twice in one pipeline is refused. A receiver or exporter twice is built once, so the second mention does nothing.',
  check: (input) =>
    wholeConfigs(input, ({ tree }) =>
      pipelinesOf(tree).flatMap((pipeline) =>
        (['receivers', 'processors', 'exporters'] as const).flatMap((list) =>
          pipeline[list].flatMap((id, index): readonly ConfigMistake[] => {
            if (pipeline[list].indexOf(id) === index) return [];
            const path = ['service', 'pipelines', pipeline.id, list, String(index)];
            const message = `pipeline \`${pipeline.id}\` names ${list.slice(0, -1)} \`${id}\` more than once`;
            if (list !== 'processors') {
              return [{ rule: repeatedReferenceRule.id, severity: 'warning', path, message }];
            }
            const otelcolMessage = references.print({
              pipeline: pipeline.id,
              kind: 'processor',
              id,
              problem: 'repeated',
            });
            return [{ rule: repeatedReferenceRule.id, severity: 'error', path, message, otelcolMessage }];
          }),
        ),
      ),
    ),
};

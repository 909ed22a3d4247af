import { NO_OP_TEXT } from '../../bindplane/config-text.ts';
import { emptyPipelines } from '../../collector/errors/empty-pipelines.ts';
import { pipelinesOf } from '../../collector/pipelines.ts';
import { provenanceOf } from '../../collector/provenance.ts';
import type { Finding } from '../../document/finding.ts';
import type { RenderedConfiguration } from '../../resources/rendered.ts';
import type { JsonMap } from '../../document/node.ts';
import { filesBeside, mapAt } from '../config-finding.ts';
import { rendersOf } from '../rule.ts';
import type { LintInput, Rule } from '../rule.ts';

export const pipelineRule: Rule = {
  id: 'CFG-003',
  severity: 'error',
  summary: 'A config without pipelines, or a pipeline without receiver or exporter',
  docs: 'The collector refuses a pipeline without receivers or exporters, and a config without pipelines. A configuration whose sources and destinations have no signal in common renders the server’s no-op config: agents run it and send nothing.',
  check: (input: LintInput) =>
    rendersOf(input).flatMap((rendered) => checkConfiguration(rendered, filesBeside(rendered, input))),
};

function checkConfiguration(
  { key, name, at: place, resource, config }: RenderedConfiguration,
  beside: readonly JsonMap[],
): readonly Finding[] {
  if (config.unrendered.length > 0) return [];
  const about = { rule: pipelineRule.id, configuration: key, ...(place && { at: place }) };
  if (config.text.endsWith(NO_OP_TEXT)) {
    const message = `Configuration \`${name}\` renders no pipeline: its sources and destinations have no signal in common, agents get the no-op config`;
    return [{ ...about, severity: 'warning', message }];
  }
  const words = resource === undefined ? `The config of \`${name}\`` : `Configuration \`${name}\``;
  const pipelines = pipelinesOf(config.tree);
  if (pipelines.length === 0) {
    const otelcolMessage = emptyPipelines.print({ lacks: 'pipelines' });
    return [
      {
        ...about,
        severity: 'error',
        message: `${words} has no pipeline`,
        otelcolMessage,
      },
    ];
  }
  return pipelines.flatMap((pipeline) =>
    (['receivers', 'exporters'] as const).flatMap((part): readonly Finding[] => {
      const elsewhere = beside.some((tree) =>
        Object.hasOwn(mapAt(tree, 'service', 'pipelines', pipeline.id), part),
      );
      if (pipeline[part].length > 0 || elsewhere) return [];
      const word = part === 'receivers' ? 'receiver' : 'exporter';
      const at = provenanceOf(config, ['service', 'pipelines', pipeline.id])?.at ?? place;
      return [
        {
          ...about,
          ...(at && { at }),
          severity: 'error',
          message: `pipeline \`${pipeline.id}\` has no ${word}`,
          otelcolMessage: emptyPipelines.print({ lacks: word, pipeline: pipeline.id }),
        },
      ];
    }),
  );
}

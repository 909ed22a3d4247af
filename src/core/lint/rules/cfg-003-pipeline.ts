import { NO_OP_TEXT } from '../../bindplane/config-text.ts';
import { emptyPipelines } from '../../collector/errors/empty-pipelines.ts';
import { pipelinesOf } from '../../collector/pipelines.ts';
import { openEnds } from '../../collector/unstartable.ts';
import { provenanceOf } from '../../collector/provenance.ts';
import type { Finding } from '../../document/finding.ts';
import type { RenderedConfiguration } from '../../resources/rendered.ts';
import type { JsonMap } from '../../document/node.ts';
import { filesBeside } from '../config-finding.ts';
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
  return openEnds(config.tree, beside).map(({ pipeline, lacks }): Finding => {
    const at = provenanceOf(config, ['service', 'pipelines', pipeline])?.at ?? place;
    return {
      ...about,
      ...(at && { at }),
      severity: 'error',
      message: `pipeline \`${pipeline}\` has no ${lacks}`,
      otelcolMessage: emptyPipelines.print({ lacks, pipeline }),
    };
  });
}

import type { Finding } from '../../document/finding.ts';
import { textAt } from '../../document/node.ts';
import { componentsOf, isUsed } from '../../collector/pipelines.ts';
import type { Component } from '../../collector/pipelines.ts';
import { unknownType } from '../../collector/errors/unknown-type.ts';
import { provenanceOf } from '../../collector/provenance.ts';
import { imageContent } from '../../kubernetes/image.ts';
import { writtenCollectors } from '../collector-resources.ts';
import type { WrittenCollector } from '../collector-resources.ts';
import type { LintInput, Rule } from '../rule.ts';

export const defaultImageRule: Rule = {
  id: 'OPR-007',
  severity: 'error',
  summary:
    'A collector resource without an image, and components that the operator’s default image does not have',
  docs:
    'Without `spec.image` the operator runs the image it was told at its start: the core distribution if nobody told it, the `k8s` one if the operator’s Helm chart did. ' +
    'A collector that meets an unknown component does not start. What neither of them has is an error, what only the `k8s` one has a warning. Set `spec.image`. ' +
    'An operator in these files that is started with `--collector-image` counts instead.',
  check: (input) => {
    if (operatorsOwnImage(input)) return [];
    return writtenCollectors(input).flatMap((collector) => {
      const image = textAt(collector.node, 'spec', 'image') ?? '';
      return image === '' ? ofDefault(collector, input) : [];
    });
  },
};

const IMAGE_FIX =
  'set `spec.image` to a distribution that has it, such as otel/opentelemetry-collector-contrib';

/** Newer than every version known here, so that what came with any of them is there. */
const NEWEST = '0.158.0';

/** Whether an operator of these files runs another collector by default. */
function operatorsOwnImage({ head }: LintInput): boolean {
  return head.repository.manifests.workloads.some(({ containers }) =>
    containers.some(({ spec }) =>
      (spec?.command ?? []).some((word) => {
        const image = /^--collector-image=(.+)$/.exec(word)?.[1];
        return image !== undefined && !['otelcol', 'otelcol-k8s'].includes(imageContent(image).distribution);
      }),
    ),
  );
}

function ofDefault(
  { config, rendered, name, at }: WrittenCollector,
  { catalogue }: LintInput,
): readonly Finding[] {
  if (config === undefined || rendered === undefined) return [];
  const lacks = (distribution: 'otelcol' | 'otelcol-k8s', { class: section, type }: Component): boolean => {
    const verdict = catalogue.component(distribution, NEWEST, section, type);
    return verdict.verdict === 'absent' && verdict.reason === 'not-included';
  };
  const missing = componentsOf(config.tree).filter(
    (component) => isUsed(config.tree, component.class, component.id) && lacks('otelcol', component),
  );
  if (missing.length === 0) return [];
  const nowhere = missing.filter((component) => lacks('otelcol-k8s', component));
  const told = nowhere.length > 0 ? nowhere : missing;
  const names = told.map(({ class: section, type }) => `${section.slice(0, -1)} \`${type}\``);
  const inContrib = told.every(
    ({ class: section, type }) =>
      catalogue.component('otelcol-contrib', NEWEST, section, type).verdict !== 'absent',
  );
  const which =
    nowhere.length > 0
      ? 'neither of the images that operators run by default (core, k8s) has'
      : 'the core image, which an operator runs unless it was told another, does not have';
  return [
    {
      rule: defaultImageRule.id,
      severity: nowhere.length > 0 ? 'error' : 'warning',
      message: `OpenTelemetryCollector \`${name}\` names no image, and ${which} ${[...new Set(names)].join(', ')}`,
      at,
      related: told.flatMap(({ class: section, id }) => {
        const place = provenanceOf(config, [section, id])?.at;
        return place === undefined ? [] : [{ message: `\`${id}\` is configured here`, at: place }];
      }),
      ...(inContrib && { fixes: [{ title: IMAGE_FIX, at }] }),
      otelcolMessage: told.map((component) => unknownType.print(component)).join('\n'),
      configuration: rendered.key,
    },
  ];
}

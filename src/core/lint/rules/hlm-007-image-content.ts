import type { Finding } from '../../document/finding.ts';
import { componentsOf, isUsed } from '../../collector/pipelines.ts';
import { configFinding } from '../config-finding.ts';
import { rendersOf } from '../rule.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { RenderedConfiguration } from '../../resources/rendered.ts';

export const imageContentRule: Rule = {
  id: 'HLM-007',
  severity: 'error',
  summary: 'An image that lacks what the values or their presets configure, whatever its version',
  docs: 'The chart has no default image. The `k8s` distribution has what the presets need, the core distribution (`otel/opentelemetry-collector`) does not; neither has everything of contrib. With a component that it lacks a collector does not start. Where the image’s version is known too, VER-001 says it.',
  check: (input) =>
    rendersOf(input)
      .filter(({ collector, key }) => key.startsWith('HelmValues/') && collector?.version === undefined)
      .flatMap((rendered) => lacking(rendered, input)),
};

const NEWEST = '0.158.0';

function lacking(rendered: RenderedConfiguration, { catalogue }: LintInput): readonly Finding[] {
  const { collector, config } = rendered;
  if (collector === undefined || collector.distribution === 'unknown') return [];
  const { distribution } = collector;
  const image = collector.image;
  const missing = componentsOf(config.tree).filter(({ class: section, id, type }) => {
    const verdict = catalogue.component(distribution, NEWEST, section, type);
    return (
      isUsed(config.tree, section, id) && verdict.verdict === 'absent' && verdict.reason === 'not-included'
    );
  });
  const groups = Map.groupBy(missing, ({ class: section, id }) => {
    const added = collector.config?.added.findLast(
      ({ path }) => path[0] === section && path[1] === id && path.length <= 2,
    );
    return added?.why ?? '';
  });
  return [...groups].flatMap(([why, components]) => {
    const [first] = components;
    if (first === undefined) return [];
    const names = components.map(({ class: section, type }) => `${section.slice(0, -1)} \`${type}\``);
    return [
      {
        ...configFinding(
          { ...rendered, config: { ...config, assumed: [] } },
          {
            rule: imageContentRule.id,
            severity: 'error',
            path: [first.class, first.id],
            message: `image \`${image?.value ?? distribution}\` has no ${[...new Set(names)].join(', ')}${why === '' ? '' : ` (${why})`}`,
          },
        ),
        ...(image && { related: [{ message: 'the image', at: image.at }] }),
      },
    ];
  });
}

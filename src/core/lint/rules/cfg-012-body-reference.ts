import { start } from '../../collector/errors/start.ts';
import { pipelinesOf, serviceExtensions } from '../../collector/pipelines.ts';
import type { Fix } from '../../document/finding.ts';
import { bodyReferences } from '../component-references.ts';
import type { BodyReference } from '../component-references.ts';
import { didYouMean, mapAt, wholeConfigs } from '../config-finding.ts';
import type { ConfigMistake } from '../config-finding.ts';
import { addBehind, writtenAt } from '../line-edits.ts';
import type { RenderedConfiguration } from '../../resources/rendered.ts';
import type { LintInput, Rule } from '../rule.ts';

export const bodyReferenceRule: Rule = {
  id: 'CFG-012',
  severity: 'error',
  summary: 'A component that names an extension or a pipeline which does not exist or is not enabled',
  docs: 'Authenticators, storages, leader electors and observers are found by name when the collector starts, and only among the extensions that `service.extensions` lists; `otelcol validate` does not look. Routing and failover connectors name pipelines in the same way.',
  check: (input) => wholeConfigs(input, (_config, rendered) => dangling(rendered, input)),
};

function dangling(rendered: RenderedConfiguration, input: LintInput): readonly ConfigMistake[] {
  const { tree } = rendered.config;
  const configured = Object.keys(mapAt(tree, 'extensions')).map((id) => id.trim());
  const enabled = serviceExtensions(tree).map((id) => id.trim());
  const pipelines = pipelinesOf(tree).map(({ id }) => id);
  return bodyReferences(tree).flatMap((reference): readonly ConfigMistake[] => {
    const { id, path, to, perhaps, component } = reference;
    const known = to === 'pipeline' ? pipelines : enabled;
    if (known.includes(id) || (perhaps === true && !configured.includes(id))) return [];
    const own = `${component.class.slice(0, -1)} \`${component.id}\``;
    const off = to === 'extension' && configured.includes(id);
    const message = off
      ? `${own} needs extension \`${id}\`, which \`service.extensions\` does not list, so it is not started`
      : `${own} names ${to} \`${id}\`, which is not configured${didYouMean(id, to === 'pipeline' ? pipelines : configured)}`;
    const said = words(reference);
    return [
      {
        rule: bodyReferenceRule.id,
        severity: 'error',
        path,
        message,
        ...(said !== undefined && { otelcolMessage: said }),
        ...(off && { fixes: [listIt(id, enabled.length, rendered, input)] }),
      },
    ];
  });
}

/** What collector 0.158 prints at its start. */
function words({ as, component, id }: BodyReference): string | undefined {
  const [section] = component.class.split(/s$/);
  const kind = (['receiver', 'processor', 'exporter', 'connector', 'extension'] as const).find(
    (word) => word === section,
  );
  if (kind === undefined || as === 'other') return undefined;
  const why =
    as === 'authenticator'
      ? `failed to resolve authenticator "${id}": authenticator not found`
      : 'no storage client extension found';
  return start.print({ kind, id: component.id, why });
}

function listIt(id: string, count: number, { config }: RenderedConfiguration, { head }: LintInput): Fix {
  const title = `list \`${id}\` in \`service.extensions\``;
  const last = count === 0 ? undefined : writtenAt(config, ['service', 'extensions', String(count - 1)]);
  const edits = last && addBehind(last, id, head.repository.texts);
  return { title, ...(last && { at: last }), ...(edits && { edits }) };
}

import { describe, expect, it } from 'vitest';
import { readTypes, type TypeCatalogue } from '../../../src/core/bindplane/types.ts';
import { render, yamlMap } from './support.ts';

const CONTRIB = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver';

/** A source whose receiver changed its name, then its place: what is asked of whom stands in `templates`. */
function catalogue(templates: string, more = ''): TypeCatalogue {
  const type = `kind: SourceType
metadata: {name: tail}
spec:
  parameters: [{name: path, type: string, default: /var/log/a}]
  logs:
    processors: |
      - batch:
${more}    templates:
${templates}`;
  const nowhere = `kind: DestinationType
metadata: {name: nowhere}
spec: {logs: {exporters: "- nop:"}}
`;
  const { types, findings } = readTypes(
    [type, nowhere].map((text) => ({ file: 'types.yaml', value: yamlMap(text), verified: true })),
  );
  expect(findings).toEqual([]);
  return types;
}

function choice(component: string, operator: string, version: string, receiver: string): string {
  const match = `{component: ${component}, operator: "${operator}", version: "${version}"}`;
  return `      - match: [${match}]\n        receivers: |\n          - ${receiver}: {include: ["{{ .path }}"]}\n`;
}

function receiversOf(
  types: TypeCatalogue,
  collectorVersion?: string,
): { receivers: readonly string[]; unrendered: readonly string[] } {
  const { config } = render(
    {
      'c.yaml':
        'kind: Configuration\nmetadata: {name: shop}\nspec: {sources: [{id: S, type: tail}], destinations: [{type: nowhere}]}\n',
    },
    { types, ...(collectorVersion !== undefined && { collectorVersion }) },
  );
  return {
    receivers: Object.keys((config.tree['receivers'] ?? {}) as object),
    unrendered: config.unrendered,
  };
}

describe('a section that chooses its text by component version', () => {
  const renamed = catalogue(
    choice(CONTRIB, '>=', '0.145.0', 'file_log') + choice(CONTRIB, '>=', 'v0.90.0', 'filelog'),
  );

  it.each([
    ['0.150.1', 'file_log/source0_S'],
    ['0.145.0', 'file_log/source0_S'],
    ['0.144.9', 'filelog/source0_S'],
    ['v0.90.0', 'filelog/source0_S'],
  ])('takes the first that fits: collector %s', (version, receiver) => {
    expect(receiversOf(renamed, version)).toEqual({ receivers: [receiver], unrendered: [] });
  });

  it('says that nothing fits, since such an agent is not sent the config', () => {
    expect(receiversOf(renamed, '0.89.0')).toEqual({
      receivers: [],
      unrendered: [
        'cannot be rendered here: type tail has no text for collector 0.89.0; such an agent is not sent the config',
      ],
    });
  });

  it('never guesses without a version', () => {
    expect(receiversOf(renamed)).toEqual({
      receivers: [],
      unrendered: [
        `cannot be rendered here: type tail chooses its text by the agent's components (${CONTRIB} >= 0.145.0)`,
      ],
    });
  });

  it.each([
    ['another repository', choice('github.com/observiq/x/receiver/y', '>=', '0.1.0', 'y')],
    ['an unknown operator', choice(CONTRIB, '~>', '0.1.0', 'filelog')],
    ['no version', choice(CONTRIB, '>=', 'newest', 'filelog')],
    ['a text', '      never\n'],
    ['an entry that is no map', '      - filelog\n'],
    ['no list', '      match: {a: b}\n'],
    ['a match that is no list', '      - match: always\n        receivers: "- filelog:"\n'],
  ])('never guesses about %s', (_name, templates) => {
    const { receivers, unrendered } = receiversOf(catalogue(templates), '0.120.0');
    expect(receivers).toEqual([]);
    expect(unrendered).toEqual([expect.stringContaining("chooses its text by the agent's components")]);
  });

  it('passes over what does not fit before it doubts', () => {
    const types = catalogue(
      choice(CONTRIB, '<', '0.100.0', 'old') +
        choice(CONTRIB, '=', '0.100.0', 'exact') +
        choice(CONTRIB, '!=', '0.101.0', 'other'),
    );
    expect(receiversOf(types, '0.99.0').receivers).toEqual(['old/source0_S']);
    expect(receiversOf(types, '0.100.0').receivers).toEqual(['exact/source0_S']);
    expect(receiversOf(types, '0.102.0').receivers).toEqual(['other/source0_S']);
    expect(receiversOf(types, '0.101.0').unrendered).toHaveLength(1);
  });

  it('takes an entry without `match` for everybody, and keeps the texts beside the choice', () => {
    const types = catalogue('      - receivers: |\n          - nop:\n');
    expect(receiversOf(types)).toEqual({ receivers: ['nop/source0_S'], unrendered: [] });
    const own = catalogue(
      choice(CONTRIB, '>=', '0.90.0', 'filelog'),
      '    receivers: |\n      - overruled:\n',
    );
    expect(receiversOf(own, '0.120.0').receivers).toEqual(['filelog/source0_S']);
  });
});

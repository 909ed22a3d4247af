import { placeInScalar } from '../document/embedded-yaml.ts';
import type { EffectiveConfig, ProvenanceEntry } from '../collector/effective-config.ts';
import { canonicalJson, sha256 } from '../document/digest.ts';
import type { Finding } from '../document/finding.ts';
import { at, entry, isList, isMap, plain, type Json, type JsonMap } from '../document/node.ts';
import { parseYaml } from '../document/yaml.ts';
import { agentParts } from './agent-parts.ts';
import { assemble, type AgentParts, type Assembly } from './assemble.ts';
import { configText, NO_OP_TEXT } from './config-text.ts';
import { ItemResolver, type Item, type Notes, type RenderContext } from './items.ts';
import { componentProvenance, pipelineProvenance } from './provenance.ts';
import { innerProvenance } from './raw-provenance.ts';
import { understands, type ReceivingAgent } from './receiving-agent.ts';
import { assembleRoutes } from './assemble-v2.ts';
import type { Resource } from './resource.ts';
import { hasRoutes, isRouted } from './routes.ts';

export type { RenderContext } from './items.ts';

/**
 * The collector config that a Configuration makes, as a BindPlane server shows it in `raw`: without the parts that a server adds for
 * each agent, unless `context.agent` names one (reference/bindplane.md §2.1, reference/lab-bindplane.md §5). Never throws.
 *
 * What cannot be rendered is left out and said in `unrendered`; the rest is the server's text byte for byte. Findings: values that do
 * not fit their parameter's type, types that fail, a raw text that is no YAML. Secrets are masked unless `context.secrets` is `plain`.
 */
export function renderConfiguration(
  configuration: Resource,
  context: RenderContext,
): { readonly config: EffectiveConfig; readonly findings: readonly Finding[] } {
  const raw = configuration.spec['raw'];
  if (typeof raw === 'string' && raw !== '') return renderRaw(configuration, raw);
  const notes: Notes = {
    unrendered: new Set(),
    opaque: new Set(),
    unverifiedTypes: new Set(),
    unverifiedRules: new Set(),
    findings: [],
  };
  noteUnknownParts(configuration, context, notes);
  const resolver = new ItemResolver(configuration, context, notes);
  const assembly: Assembly = isRouted(configuration)
    ? assembleRoutes(configuration, resolver, notes)
    : assembleFor(configuration, resolver, context, notes);
  const unrendered = [...notes.unrendered];
  const nothing = assembly.pipelines.length === 0;
  const text =
    nothing && unrendered.length === 0
      ? NO_OP_TEXT
      : configText(assembly, {
          name: configuration.name,
          version: context.version ?? 1,
          product: context.product ?? 'Bindplane',
          unrendered,
        });
  let provenance: readonly ProvenanceEntry[] | undefined;
  const config: EffectiveConfig = {
    configuration: configuration.key,
    name: configuration.name,
    text,
    tree: nothing && unrendered.length === 0 ? treeOf(NO_OP_TEXT) : assembly.tree,
    // Finding the places renders every type again; most readers ask for none.
    get provenance() {
      return (provenance ??= provenanceOf(configuration, assembly, context));
    },
    unrendered,
    ...(unrendered.length > 0 && {
      opaque: sha256(canonicalJson([...unrendered, ...notes.opaque, wiringOf(configuration)])),
    }),
    unverifiedTypes: [...notes.unverifiedTypes].sort(),
    ...(notes.unverifiedRules.size > 0 && { unverifiedRules: [...notes.unverifiedRules].sort() }),
  };
  return { config, findings: notes.findings };
}

/**
 * The text without the two header lines that name product, configuration and version; texts of one configuration in different
 * versions, or from servers of different age, compare equal without them.
 */
export function withoutHeader(text: string): string {
  return text.replace(
    /^# This configuration is managed by [^\n]*\r?\n# Configuration: [^\n]*(?:\r?\n|$)/i,
    '',
  );
}

function assembleFor(
  configuration: Resource,
  resolver: ItemResolver,
  context: RenderContext,
  notes: Notes,
): Assembly {
  const sources = resolver.sources();
  const destinations = resolver.destinations();
  const { agent } = context;
  if (agent === undefined) return assemble(sources, destinations);
  if (understands(agent, 'routes')) noteRoutes([...sources, ...destinations], notes);
  return assemble(sources, destinations, partsFor(configuration, agent, notes));
}

function partsFor(configuration: Resource, agent: ReceivingAgent, notes: Notes): AgentParts {
  const interval = configuration.spec['measurementInterval'];
  if (interval === 'off') {
    notes.unrendered.add(
      'cannot be rendered here: what a server adds for agents with `measurementInterval: off`',
    );
  }
  return agentParts(agent, {
    name: configuration.name,
    interval: typeof interval === 'string' ? interval : '',
    at: configuration.at,
  });
}

/** Processors whose metrics a server feeds back through pipelines of their own, on agents that can (reference/bindplane.md §2.1 step 6). */
const ROUTING_TYPE = /^(?:count_logs|extract_metric|count_telemetry)/;

function noteRoutes(items: readonly Item[], notes: Notes): void {
  for (const { type } of items.flatMap(({ processors }) => processors)) {
    if (type !== undefined && ROUTING_TYPE.test(type.name)) {
      notes.unrendered.add(
        `cannot be rendered here: the pipelines that a server adds for agents because of type ${type.name}`,
      );
    }
  }
}

function renderRaw(
  configuration: Resource,
  raw: string,
): { config: EffectiveConfig; findings: readonly Finding[] } {
  const parsed = parseYaml('', raw);
  const root = parsed.documents[0]?.root;
  const tree = root === undefined ? {} : plain(root);
  const scalar = entry(at(configuration.document, 'spec'), 'raw');
  const provenance =
    root === undefined || scalar === undefined ? [] : innerProvenance(root, [], scalar, undefined);
  const findings = parsed.findings.map((finding): Finding => {
    const place = placeInScalar(finding.at, scalar) ?? configuration.at;
    const { at: _inner, ...rest } = finding;
    return { ...rest, configuration: configuration.key, ...(place !== undefined && { at: place }) };
  });
  const config: EffectiveConfig = {
    configuration: configuration.key,
    name: configuration.name,
    text: raw,
    ...(scalar?.value.kind === 'scalar' &&
      scalar.value.style === 'literal' && {
        textStart: { file: scalar.value.at.file, line: scalar.value.at.line + 1 },
      }),
    tree: isMap(tree) ? tree : {},
    provenance,
    unrendered: [],
    unverifiedTypes: [],
  };
  return { config, findings };
}

/** Parts of a spec that the renderer has no rule for: said, never guessed. */
function noteUnknownParts(configuration: Resource, { agent }: RenderContext, notes: Notes): void {
  const { spec } = configuration;
  if (isRouted(configuration)) {
    if (agent !== undefined) {
      notes.unrendered.add('cannot be rendered here: what a server adds for agents with a v2 configuration');
    }
    return;
  }
  if (hasRoutes(spec)) {
    notes.unrendered.add('cannot be rendered here: `routes` of a v1 configuration');
  }
  for (const part of ['processors', 'connectors', 'extensions', 'parameters']) {
    const value = spec[part];
    if (holdsSomething(value)) {
      notes.opaque.add(canonicalJson([part, value]));
      notes.unrendered.add(`cannot be rendered here: \`spec.${part}\` of a v1 configuration`);
    }
  }
}

/** The items of a spec with routes: which of them a missing part feeds cannot be told. */
function wiringOf({ spec }: Resource): Json {
  const { sources = null, processors = null, connectors = null, destinations = null } = spec;
  return hasRoutes(spec) ? { sources, processors, connectors, destinations } : null;
}

function holdsSomething(value: Json | undefined): value is Json {
  return isList(value) ? value.length > 0 : isMap(value) && Object.keys(value).length > 0;
}

function provenanceOf(
  configuration: Resource,
  assembly: Assembly,
  context: RenderContext,
): readonly ProvenanceEntry[] {
  const masked = context.secrets !== 'plain';
  return [
    ...assembly.components.flatMap((component) => componentProvenance(component, masked)),
    ...assembly.pipelines.flatMap((pipeline) => pipelineProvenance(pipeline, configuration.at)),
    ...(assembly.provenance ?? []),
  ];
}

function treeOf(text: string): JsonMap {
  const root = parseYaml('', text).documents[0]?.root;
  const value = root === undefined ? {} : plain(root);
  return isMap(value) ? value : {};
}

import { isList, isMap, plain } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { parseYaml } from '../../document/yaml.ts';
import { COMPONENT_CLASSES } from '../component-id.ts';
import type { ComponentClass } from '../component-id.ts';

/** What a collector binary says of itself. */
export interface Capabilities {
  /** The name that it was built under (`otelcol-contrib`). */
  readonly command: string;
  readonly version: string;
  readonly components: Readonly<Record<ComponentClass, readonly BuiltComponent[]>>;
  /** Schemes of its config providers; undefined where it does not tell them (before 0.12x). */
  readonly providers?: readonly string[];
}

export interface BuiltComponent {
  readonly type: string;
  /** Signals that it takes part in; undefined where it does not tell them. */
  readonly signals?: readonly string[];
}

/**
 * Reads what `otelcol components` prints (core `otelcol/command_components.go`: YAML; in old versions the components are names alone).
 * Undefined for a text of another program.
 */
export function readCapabilities(text: string): Capabilities | undefined {
  const root = plain(parseYaml('components', text).documents[0]?.root);
  if (!isMap(root)) return undefined;
  const { buildinfo } = root;
  if (!isMap(buildinfo) || typeof buildinfo['version'] !== 'string') return undefined;
  const entries = COMPONENT_CLASSES.map((name) => [name, componentsIn(root[name])] as const);
  const providers = isList(root['providers']) ? root['providers'].flatMap(schemeOf) : undefined;
  return {
    command: typeof buildinfo['command'] === 'string' ? buildinfo['command'] : 'otelcol',
    version: buildinfo['version'].replace(/^v/, ''),
    components: { ...NOTHING_TOLD, ...Object.fromEntries(entries) },
    ...(providers !== undefined && { providers }),
  };
}

const NOTHING_TOLD: Capabilities['components'] = {
  receivers: [],
  processors: [],
  exporters: [],
  connectors: [],
  extensions: [],
};

/**
 * What is left to know of a binary that does not list its components, from what it prints for `--version` (`otelcol version 0.158.0`); undefined for
 * another program's words.
 */
export function readVersion(text: string): Capabilities | undefined {
  const [, command, version] = /^(\S+) version v?(\d+\.\d+\.\d+\S*)\s*$/m.exec(text) ?? [];
  return command === undefined || version === undefined
    ? undefined
    : { command, version, components: NOTHING_TOLD };
}

function componentsIn(value: Json | undefined): readonly BuiltComponent[] {
  return isList(value) ? value.flatMap(builtComponent) : [];
}

function builtComponent(value: Json): readonly BuiltComponent[] {
  if (typeof value === 'string') return [{ type: value }];
  if (!isMap(value) || typeof value['name'] !== 'string') return [];
  const { name: type, stability } = value;
  if (!isMap(stability)) return [{ type }];
  const signals = Object.entries(stability).flatMap(([signal, level]) =>
    level === 'Undefined' ? [] : [signal],
  );
  return [{ type, signals }];
}

function schemeOf(value: Json): readonly string[] {
  return isMap(value) && typeof value['scheme'] === 'string' ? [value['scheme']] : [];
}

/** `otelcol 0.158.0`, as findings and comments name a binary. */
export function binaryName({ command, version }: Pick<Capabilities, 'command' | 'version'>): string {
  return `${command} ${version}`;
}

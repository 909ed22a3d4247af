import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { parse } from 'yaml';
import { resourceFromJson } from '../../src/core/bindplane/read.ts';
import type { Resource } from '../../src/core/bindplane/resource.ts';
import { isMap, plain, type Json, type JsonMap } from '../../src/core/document/node.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';
import type { Agent } from '../../src/core/fleet/agent.ts';
import { renderOne } from '../../src/core/resources/effective.ts';
import { loadRepository } from '../../src/core/resources/load.ts';
import { review, type Review } from '../../src/flows/review.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import type { RepositoryFile } from '../../src/ports/repository.ts';
import { builtInCatalogue } from './catalogue.ts';
import { builtInTypes, textsBelow } from './repository.ts';

/**
 * A case of a review is a folder: what was (`base`), what is to be (`head`), what people are to read (`expected`), and in `case.yaml` what
 * files cannot say. Without `start`, both sides are whole. With it, `base` lies over that fleet and `head` over the result, so that a case
 * holds its change and nothing else.
 */
export const CASES: string = resolve(import.meta.dirname, '../cases');
const FLEETS = resolve(import.meta.dirname, '../fleets');
const TYPES = resolve(import.meta.dirname, '../../schemas/resource-types');

/** What `case.yaml` may say. */
export interface CaseOptions {
  /** What it belongs to in the table of results. */
  readonly group: string;
  /** One sentence: what a reviewer must not miss here. */
  readonly shows: string;
  /** A folder of `test/fleets`. */
  readonly start?: string;
  /** Paths that head has no more. */
  readonly removed?: readonly string[];
  /** Files made here, as too many or too large to be kept: `@` stands for the number (1, 2 …), `×N×` repeats what follows in braces. */
  readonly generate?: readonly GeneratedFiles[];
  /** An inventory of agents; those of the server where there is one. */
  readonly agents?: readonly AgentEntry[];
  readonly server?: ServerEntry;
  /** From a fork nothing can be written on the pull request: its job summary is what is read. */
  readonly fork?: true;
  readonly collectorVersion?: string;
  readonly budgetBytes?: number;
  /** Reports that are kept besides the comment. */
  readonly also?: readonly ReportName[];
  /** What no report may hold, in any golden text that is written for it. */
  readonly never?: readonly string[];
  /** Without `plan.txt`: where it would repeat what the comment shows, or must hold what no report may show. */
  readonly plan?: false;
}

const REPORTS = ['terminal', 'annotations', 'sarif'] as const;
export type ReportName = (typeof REPORTS)[number];

export interface GeneratedFiles {
  readonly in: 'base' | 'head' | 'both';
  readonly path: string;
  readonly count: number;
  readonly text: string;
}

/** One agent, or `count` of them with numbers behind their names. */
export interface AgentEntry {
  readonly name: string;
  readonly version: string;
  readonly count?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly distribution?: Agent['distribution'];
}

/** A server: what it holds is what base says but for the rest of these. */
export interface ServerEntry {
  /** Resources it lacks. */
  readonly lacks?: readonly string[];
  /** Resources it holds in other words, or that no file knows. */
  readonly holds?: readonly JsonMap[];
  /** Newest versions of configurations; 1 where none is told. */
  readonly versions?: Readonly<Record<string, number>>;
  /** Configurations that it renders with one line more than we do. */
  readonly differs?: readonly string[];
  /** Rollout policies that it keeps, as a Collie server does; a BindPlane server keeps none. */
  readonly policies?: readonly JsonMap[];
  /** It does not answer. */
  readonly unreachable?: true;
}

const OPTIONS: ReadonlySet<string> = new Set([
  'group',
  'shows',
  'start',
  'removed',
  'generate',
  'agents',
  'server',
  'fork',
  'collectorVersion',
  'budgetBytes',
  'also',
  'never',
  'plan',
]);

/** Names of all cases, in order. */
export function caseNames(): readonly string[] {
  // A case whose head only lacks or is only made has no folder for it.
  return readdirSync(CASES).filter((name) =>
    ['case.yaml', 'head'].some((part) => existsSync(join(CASES, name, part))),
  );
}

/** What `case.yaml` of a case says; a folder without one belongs to the group `whole repositories`. */
export function caseOptions(name: string): CaseOptions {
  const path = join(CASES, name, 'case.yaml');
  if (!existsSync(path)) return { group: 'whole repositories', shows: '' };
  const options = parse(readFileSync(path, 'utf8')) as CaseOptions;
  const unknown = Object.keys(options).filter((key) => !OPTIONS.has(key));
  if (unknown.length > 0) throw new Error(`${path} has unknown options: ${unknown.join(', ')}`);
  return options;
}

type Files = ReadonlyMap<string, Uint8Array>;

/** The two revisions of a case, as bytes by path. */
export function caseFiles(
  name: string,
  options: CaseOptions,
): { readonly base: Files; readonly head: Files } {
  const { start, removed = [] } = options;
  const first = start === undefined ? new Map<string, Uint8Array>() : bytesBelow(join(FLEETS, start));
  const base = new Map([...first, ...bytesBelow(join(CASES, name, 'base')), ...generated(options, 'base')]);
  const below = start === undefined ? new Map<string, Uint8Array>() : base;
  const head = new Map([...below, ...bytesBelow(join(CASES, name, 'head')), ...generated(options, 'head')]);
  for (const path of removed) {
    if (!head.delete(path)) throw new Error(`case ${name} removes ${path}, which is not there`);
  }
  return { base, head };
}

function bytesBelow(folder: string): Files {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((item) => item.isFile() && /\.ya?ml$/.test(item.name))
      .map((item) => join(item.parentPath, item.name))
      .map((path) => [relative(folder, path).split(sep).join('/'), readFileSync(path)]),
  );
}

function generated({ generate = [] }: CaseOptions, side: 'base' | 'head'): Files {
  return new Map(
    generate
      .filter((files) => files.in === side || files.in === 'both')
      .flatMap(({ path, count, text }) =>
        Array.from({ length: count }, (_, index) => {
          const number = String(index + 1);
          const filled = repeated(text.replaceAll('@', number));
          return [path.replaceAll('@', number), new TextEncoder().encode(filled)] as const;
        }),
      ),
  );
}

/** `×3×{a#, }` is `a1, a2, a3, `. */
function repeated(text: string): string {
  return text.replaceAll(/×(\d+)×\{([^{}]*)\}/g, (_, count: string, body: string) =>
    Array.from({ length: Number(count) }, (__, index) => body.replaceAll('#', String(index + 1))).join(''),
  );
}

/** The review of a case, made as the Action makes it. */
export async function reviewCase(name: string): Promise<Review> {
  const options = caseOptions(name);
  const files = caseFiles(name, options);
  const agents = agentsOf(options);
  const { collectorVersion, server } = options;
  return review({
    repository: { files: async (revision) => listed(revision === 'base' ? files.base : files.head) },
    base: 'base',
    head: 'head',
    paths: [],
    types: builtInTypes(),
    catalogue: builtInCatalogue(),
    ...(agents === undefined ? {} : { agents }),
    ...(collectorVersion === undefined ? {} : { collectorVersion }),
    ...(server === undefined
      ? {}
      : { controlPlane: serverOf(server, files.base, agents ?? []), unreachable: 'plan without it' }),
  });
}

function listed(files: Files): readonly RepositoryFile[] {
  return [...files].map(([path, bytes]) => ({ path, bytes, size: bytes.length }));
}

function agentsOf({ agents }: CaseOptions): readonly Agent[] | undefined {
  return agents?.flatMap(({ name, version, count, labels = {}, distribution = 'bindplane-agent' }) =>
    Array.from({ length: count ?? 1 }, (_, index): Agent => {
      const numbered = count === undefined ? name : `${name}-${index + 1}`;
      return { id: numbered, name: numbered, version, distribution, platform: 'linux', labels };
    }),
  );
}

/** A server that renders as we do, with what a case says about it. Only what a plan asks for answers. */
function serverOf(entry: ServerEntry, base: Files, agents: readonly Agent[]): ControlPlane {
  const resources = resourcesOf(entry, base);
  const types = builtInTypes();
  const ask = <Answer>(answer: () => Answer): Promise<Answer> =>
    entry.unreachable === true ? Promise.reject(unreachable()) : Promise.resolve(answer());
  const answers: Partial<ControlPlane> = {
    url: 'https://bindplane.example.com',
    resourceTypes: () => ask(typeDocuments),
    agents: () => ask(() => agents),
    policies: () => ask(() => entry.policies && { documents: entry.policies }),
    list: (kind) => ask(() => [...resources.values()].filter((resource) => resource.kind === kind)),
    configuration: (name) =>
      ask(() => {
        const resource = resources.get(`Configuration/${name}`);
        if (resource === undefined) return undefined;
        const version = Number(resource.metadata['version']);
        const text = renderOne(resource, { resources, types }).config.text;
        const raw = entry.differs?.includes(name) === true ? `${text}# and more\n` : text;
        const status = 'stable' as const;
        const counts = { phase: 0, completed: 0, errors: 0, pending: 0, waiting: 0 };
        return { resource, version, raw, rollout: { configuration: name, version, status, ...counts } };
      }),
  };
  return new Proxy(answers as ControlPlane, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (value === undefined) throw new Error(`a plan asked for ${String(key)}`);
      return value;
    },
  });
}

function unreachable(): OperationError {
  return new OperationError({
    code: 'unreachable',
    message: 'https://bindplane.example.com does not answer: connect ECONNREFUSED 192.0.2.7:443',
    hint: 'Check the address and the network',
    retryable: true,
  });
}

function resourcesOf(entry: ServerEntry, base: Files): ReadonlyMap<Resource['key'], Resource> {
  const texts = [...base].map(([path, bytes]) => ({ path, text: new TextDecoder().decode(bytes) }));
  const held = (entry.holds ?? []).map((value) => {
    const resource = resourceFromJson(value);
    if (resource === undefined) throw new Error(`no resource: ${JSON.stringify(value)}`);
    return [resource.key, resource] as const;
  });
  const all = new Map([...loadRepository(texts).resources, ...held]);
  return new Map(
    [...all]
      .filter(([key]) => entry.lacks?.includes(key) !== true)
      .map(([key, resource]) => {
        const version = entry.versions?.[resource.name] ?? 1;
        return [key, { ...resource, metadata: { ...resource.metadata, version } }];
      }),
  );
}

let served: readonly JsonMap[] | undefined;

/** The types of `schemas/`, as a server would send them. */
function typeDocuments(): readonly JsonMap[] {
  served ??= textsBelow(TYPES).flatMap(({ path, text }) =>
    parseYaml(path, text).documents.flatMap(({ root }): JsonMap[] => {
      const value: Json = plain(root);
      return isMap(value) ? [value] : [];
    }),
  );
  return served;
}

import { stringify } from 'yaml';
import type { JsonMap } from '../../src/core/document/node.ts';
import type { RepositoryFile } from '../../src/ports/repository.ts';
import type { Random } from './random.ts';

/** Types of the sources and destinations below, as a server knows them. */
export const FLEET_TYPES: readonly JsonMap[] = [
  {
    apiVersion: 'bindplane.observiq.com/v1',
    kind: 'SourceType',
    metadata: { name: 'ticks' },
    spec: {
      supportedPlatforms: ['linux'],
      parameters: [{ name: 'seconds', type: 'int', default: 60 }],
      metrics: {
        receivers: '- hostmetrics:\n    collection_interval: {{ .seconds }}s\n    scrapers:\n      load:\n',
      },
    },
  },
  {
    apiVersion: 'bindplane.observiq.com/v1',
    kind: 'DestinationType',
    metadata: { name: 'sink' },
    spec: {
      supportedPlatforms: ['linux'],
      parameters: [{ name: 'port', type: 'int', default: 4318 }],
      metrics: { exporters: '- otlphttp:\n    endpoint: http://sink.example:{{ .port }}\n' },
    },
  },
];

/** One resource of the repository. */
export interface FleetFile {
  readonly kind: 'Source' | 'Destination' | 'Configuration';
  readonly name: string;
  /** No two texts of a run have the same number. */
  readonly made: number;
  /** `Kind/name` of what it is made of. */
  readonly uses: readonly string[];
}

/** The resources of one commit, by `Kind/name`. */
export type FleetFiles = ReadonlyMap<string, FleetFile>;

/** No other resource of a run is called like this. */
export const HANDED = 'handed-';

function keyOf({ kind, name }: Pick<FleetFile, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** What a stored resource says of which text it is. */
export function markOf(made: number): string {
  return `made ${made}`;
}

/** The next commit: some resources changed, new ones, others replaced, others gone with everything that only they needed. */
export function nextFiles(before: FleetFiles, random: Random, number: number): FleetFiles {
  const files = new Map(before);
  let made = number * 100;
  const put = (file: Omit<FleetFile, 'made'>): string => {
    made += 1;
    files.set(keyOf(file), { ...file, made });
    return keyOf(file);
  };
  const fresh = (kind: FleetFile['kind'], uses: readonly string[] = []): string =>
    put({ kind, name: `${HANDED}${kind.toLowerCase()}-${made + 1}`, uses });
  const any = (kind: FleetFile['kind']): FleetFile | undefined => {
    const found = [...files.values()].filter((file) => file.kind === kind);
    return found.length === 0 ? undefined : random.pick(found);
  };
  for (let edit = random.between(1, 3); edit > 0; edit -= 1) {
    const what = random.weighted({ source: 3, destination: 3, move: 2, fresh: 2, drop: 2 });
    const configuration = any('Configuration');
    if (configuration === undefined || what === 'fresh') {
      const shared = random.chance(0.5) ? any('Destination') : undefined;
      const destination = shared === undefined ? fresh('Destination') : keyOf(shared);
      fresh('Configuration', [fresh('Source'), destination]);
    } else if (what === 'move') {
      const uses = configuration.uses.map((key) =>
        key.startsWith('Destination/') ? fresh('Destination') : key,
      );
      put({ ...configuration, uses });
    } else if (what === 'drop') {
      files.delete(keyOf(configuration));
    } else {
      const changed = any(what === 'source' ? 'Source' : 'Destination');
      if (changed !== undefined) put(changed);
    }
    dropUnused(files);
  }
  return files;
}

function dropUnused(files: Map<string, FleetFile>): void {
  const used = new Set([...files.values()].flatMap(({ uses }) => uses));
  for (const [key, { kind }] of files) if (kind !== 'Configuration' && !used.has(key)) files.delete(key);
}

/** The files as a repository gives them, one for each resource. */
export function repositoryFiles(files: FleetFiles): readonly RepositoryFile[] {
  return [...files.values()].map((file) => {
    const bytes = Buffer.from(stringify(documentOf(file)));
    return { path: `${file.kind.toLowerCase()}s/${file.name}.yaml`, bytes, size: bytes.length };
  });
}

function documentOf({ kind, name, made, uses }: FleetFile): JsonMap {
  const named = (of: string): JsonMap[] =>
    uses.flatMap((key) => (key.startsWith(`${of}/`) ? [{ name: key.slice(of.length + 1) }] : []));
  const spec: JsonMap =
    kind === 'Source'
      ? { type: 'ticks', parameters: [{ name: 'seconds', value: made }] }
      : kind === 'Destination'
        ? { type: 'sink', parameters: [{ name: 'port', value: 1024 + (made % 60_000) }] }
        : {
            contentType: 'text/yaml',
            sources: named('Source'),
            destinations: named('Destination'),
            // No agent of the run is one of these: what a rollout does with agents is another part of the story.
            selector: { matchLabels: { handed: name } },
          };
  const metadata = { name, description: markOf(made) };
  return { apiVersion: 'bindplane.observiq.com/v1', kind, metadata, spec };
}

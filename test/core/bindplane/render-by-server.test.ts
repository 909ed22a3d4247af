import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseVersion, compareVersions, isAtLeast } from '../../../src/core/collector/version.ts';
import { canonicalJson } from '../../../src/core/document/digest.ts';
import { isMap, type Json, type JsonMap } from '../../../src/core/document/node.ts';
import { sharedPath } from '../../support/shared.ts';
import { announceSkip, render, typesBelow, yamlMap } from './support.ts';

/** One place where a server's config is another one than ours; undefined: not there. */
interface Difference {
  readonly path: readonly string[];
  readonly ours: Json | undefined;
  readonly theirs: Json | undefined;
}

/** Why a difference is there: which servers must show it, what it looks like, and what it does to the text where that is simple. */
interface Explanation {
  readonly why: string;
  /** `type`: the server's own resource types say so, and `collie types pull` brings them; `server`: its renderer adds it. */
  readonly cause: 'type' | 'server' | 'text';
  readonly configurations: readonly string[];
  readonly since: string;
  readonly before?: string;
  readonly covers: (difference: Difference) => boolean;
  readonly inText?: (text: string) => string;
}

const BOTH = ['k8s-cluster', 'k8s-node'];
const CONTAINER = 'source0_01HMS8ERRSFYE4KGQVQ2ZXXDZK';

function ends(path: readonly string[], ...tail: readonly string[]): boolean {
  return path.slice(-tail.length).join(' ') === tail.join(' ');
}

function telemetry(address: string): Pick<Explanation, 'covers' | 'inText'> {
  return {
    covers: ({ path, ours, theirs }) =>
      ends(path, 'service', 'telemetry') &&
      ours === undefined &&
      JSON.stringify(theirs) === JSON.stringify({ metrics: { address } }),
    inText: (text) => `${text}    telemetry:\n        metrics:\n            address: ${address}\n`,
  };
}

const EXPLAINED: readonly Explanation[] = [
  {
    why: 'the file ends with an empty line',
    cause: 'text',
    configurations: BOTH,
    since: '1.37.0',
    before: '1.56.0',
    covers: () => false,
    inText: (text) => `${text}\n`,
  },
  {
    why: 'a duration of 60 seconds is written 1m0s, which is the same duration',
    cause: 'type',
    configurations: BOTH,
    since: '1.40.0',
    covers: ({ path, ours, theirs }) =>
      ends(path, 'collection_interval') && ours === '60s' && theirs === '1m0s',
    inText: (text) => text.replace('collection_interval: 60s', 'collection_interval: 1m0s'),
  },
  {
    why: "the agent's own metrics are offered on the local host",
    cause: 'server',
    configurations: BOTH,
    since: '1.59.0',
    before: '1.74.0',
    ...telemetry('localhost:8888'),
  },
  {
    why: 'k8s_container reads files itself, with a storage of its own, instead of through a plugin',
    cause: 'type',
    configurations: ['k8s-node'],
    since: '1.63.1',
    covers: ({ path, ours, theirs }) => {
      const [section = '', id = ''] = path;
      if (section === 'receivers') {
        return id === `plugin/${CONTAINER}__container`
          ? theirs === undefined
          : id === `filelog/${CONTAINER}` && ours === undefined;
      }
      if (section === 'extensions') return id === `file_storage/${CONTAINER}` && ours === undefined;
      const added = `file_storage/${CONTAINER}`;
      return (
        (ends(path, 'service', 'extensions') && JSON.stringify(theirs).includes(added)) ||
        (ends(path, 'receivers') && JSON.stringify(theirs) === JSON.stringify([`filelog/${CONTAINER}`]))
      );
    },
  },
  {
    why: 'k8s_container cuts log lines at 1 MiB',
    cause: 'type',
    configurations: ['k8s-node'],
    since: '1.64.0',
    covers: ({ theirs }) => theirs !== undefined && isMap(theirs) && theirs['max_log_size'] === '1MiB',
  },
  {
    why: 'environment variables are written ${NAME} instead of $NAME, which is the same to the agents of that time',
    cause: 'type',
    configurations: BOTH,
    since: '1.70.0',
    covers: ({ path, ours, theirs }) =>
      ends(path, 'directory') &&
      ours === '$OIQ_OTEL_COLLECTOR_HOME/storage' &&
      theirs === '${OIQ_OTEL_COLLECTOR_HOME}/storage',
    inText: (text) => text.replaceAll(/\$(OIQ_OTEL_COLLECTOR_HOME)/g, '$${$1}'),
  },
  {
    why: "the agent's own metrics are offered on every address",
    cause: 'server',
    configurations: BOTH,
    since: '1.74.0',
    ...telemetry('0.0.0.0:8888'),
  },
];

function differences(
  ours: Json | undefined,
  theirs: Json | undefined,
  path: readonly string[],
): readonly Difference[] {
  if (ours !== undefined && theirs !== undefined && isMap(ours) && isMap(theirs)) {
    return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].flatMap((key) =>
      differences(ours[key], theirs[key], [...path, key]),
    );
  }
  return canonicalJson(ours ?? null) === canonicalJson(theirs ?? null) &&
    (ours === undefined) === (theirs === undefined)
    ? []
    : [{ path, ours, theirs }];
}

function expected(version: string, configuration: string): readonly Explanation[] {
  return EXPLAINED.filter(
    ({ configurations, since, before }) =>
      configurations.includes(configuration) &&
      isAtLeast(version, since) &&
      (before === undefined || !isAtLeast(version, before)),
  );
}

/** Our text with what the explanations do to it, byte for byte; undefined where one of them is no simple edit. */
function edited(explanations: readonly Explanation[], text: string): string | undefined {
  return explanations.reduce<string | undefined>(
    (before, { inText }) => (before === undefined ? undefined : inText?.(before)),
    text,
  );
}

const folder = sharedPath('data', 'bindplane-op-action');
if (folder === undefined) announceSkip('data', 'bindplane-op-action');
const exported = sharedPath('golden', 'bindplane-render', 'types');
if (exported === undefined) announceSkip('golden', 'bindplane-render', 'types');
const isThere = folder !== undefined && exported !== undefined;

describe.skipIf(!isThere)('what servers from 1.37 to 1.81 rendered from one and the same input', () => {
  const base = folder ?? '';
  const versions = !isThere
    ? []
    : readdirSync(join(base, 'rendered'))
        .flatMap((name) => {
          const parsed = parseVersion(name);
          return parsed === undefined ? [] : [{ name, parsed }];
        })
        .sort((a, b) => compareVersions(a.parsed, b.parsed))
        .map(({ name }) => name);
  const types = exported === undefined ? undefined : typesBelow(exported);
  const input = (path: string): string =>
    readFileSync(join(base, 'resources', path, 'resource.yaml'), 'utf8');

  function ours(name: string): { text: string; tree: JsonMap; unrendered: readonly string[] } {
    if (types === undefined) throw new Error('no types');
    const files = { 'c.yaml': input('configurations'), 'd.yaml': input('destinations') };
    return render(files, { types, product: 'BindPlane OP' }, name).config;
  }

  it('is there for at least nine versions', () => {
    expect(versions.length).toBeGreaterThanOrEqual(9);
  });

  it.each(versions.flatMap((version) => BOTH.map((name) => [version, name] as const)))(
    '%s %s: every difference is explained, and every explanation is seen',
    (version, name) => {
      const { tree, text, unrendered } = ours(name);
      expect(unrendered).toEqual([]);
      const recorded = readFileSync(join(base, 'rendered', version, `${name}.yaml`), 'utf8');
      const found = differences(tree, yamlMap(recorded), []);
      const explanations = expected(version, name);
      const lines = explanations.map(({ why, cause, covers }) => {
        const count = found.filter(covers).length;
        return `  ${cause}: ${why}${count > 0 ? ` (${count} ${count === 1 ? 'place' : 'places'})` : ''}`;
      });
      process.stdout.write(
        `${version} ${name}: ${found.length} differences\n${lines.map((line) => `${line}\n`).join('')}`,
      );

      const unexplained = found.filter((one) => !explanations.some(({ covers }) => covers(one)));
      expect(unexplained).toEqual([]);
      const unseen = explanations.filter(({ cause, covers }) => cause !== 'text' && !found.some(covers));
      expect(unseen.map(({ why }) => why)).toEqual([]);
      expect(edited(explanations, text) ?? recorded).toBe(recorded);
    },
  );

  it('knows no difference that nobody shows', () => {
    expect(
      EXPLAINED.filter(
        (one) => !versions.some((version) => BOTH.some((name) => expected(version, name).includes(one))),
      ),
    ).toEqual([]);
  });
});

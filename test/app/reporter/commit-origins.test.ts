import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommitOrigins } from '../../../app/reporter/commit-origins.ts';
import { openSqliteStore } from '../../../app/store/sqlite.ts';
import type { Store, StoredOrigin } from '../../../app/store/store.ts';
import { withoutHeader } from '../../../src/core/diff/configs.ts';
import { sha256 } from '../../../src/core/document/digest.ts';
import type { JsonMap } from '../../../src/core/document/node.ts';
import { EMPTY_TREE } from '../../../src/io/git.ts';
import type { CommitFiles } from '../../../src/io/github-files.ts';
import { loadCatalogue, ownTypeDocuments } from '../../../src/io/files.ts';
import { OperationError } from '../../../src/ports/operation-error.ts';
import type { RepositoryFile } from '../../../src/ports/repository.ts';
import { builtInTypes, repositoryView } from '../../support/repository.ts';
import { ManualClock } from '../manual-clock.ts';

type Files = Readonly<Record<string, string>>;

const SOURCES = `apiVersion: bindplane.observiq.com/v1
kind: Source
metadata: {name: edge-otlp}
spec: {type: otlp, parameters: [{name: grpc_port, value: 14317}]}
---
apiVersion: bindplane.observiq.com/v1
kind: Source
metadata: {name: hub-otlp}
spec: {type: otlp}
---
apiVersion: bindplane.observiq.com/v1
kind: Destination
metadata: {name: sink}
spec: {type: dev_null}
`;

const configuration = (name: string): string => `apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata: {name: ${name}}
spec:
  sources: [{name: ${name}-otlp}]
  destinations: [{name: sink}]
  selector: {matchLabels: {configuration: ${name}}}
`;

const BASE: Files = {
  'sources.yaml': SOURCES,
  'edge.yaml': configuration('edge'),
  'hub.yaml': configuration('hub'),
};
const HEAD: Files = { ...BASE, 'sources.yaml': SOURCES.replace('14317', '14318') };
const MERGE = { repository: 'shop/collectors', pullRequest: 41, commit: 'head' };

let store: Store;
let clock: ManualClock;
let revisions: Record<string, Files>;
let read: (path: string) => Partial<RepositoryFile>;
let resourceTypes: () => Promise<readonly JsonMap[]>;
let asked: string[];
let warnings: string[];
let origins: CommitOrigins;

beforeEach(async () => {
  clock = new ManualClock();
  store = await openSqliteStore(':memory:', () => clock.now());
  revisions = { base: BASE, head: HEAD };
  [asked, warnings] = [[], []];
  read = () => ({});
  resourceTypes = async () => [];
  origins = await create();
});

afterEach(() => store.close());

async function create(): Promise<CommitOrigins> {
  const files: CommitFiles = {
    parent: async (commit) => (commit === 'head' ? 'base' : undefined),
    differ: async (a, b) => JSON.stringify(revisions[a]) !== JSON.stringify(revisions[b]),
    async files(revision) {
      if (revision === EMPTY_TREE) return [];
      asked.push(revision);
      return Object.entries(revisions[revision] ?? {}).map(([path, text]) => {
        const bytes = Buffer.from(text);
        return { path, size: bytes.length, bytes, ...read(path) };
      });
    },
  };
  return new CommitOrigins({
    controlPlane: {
      url: 'https://bindplane.shop.example',
      resourceTypes: () => {
        asked.push('types');
        return resourceTypes();
      },
    },
    files: async (repository) => (repository === 'shop/collectors' ? files : undefined),
    types: builtInTypes(),
    catalogue: await loadCatalogue(),
    store,
    clock,
    limits: { renderedCommits: 2 },
    warn: (message) => void warnings.push(message),
  });
}

const kept = (name: string): Promise<readonly StoredOrigin[]> => store.origins.of(name);

function failure(retryable: boolean): OperationError {
  return new OperationError({
    code: retryable ? 'unreachable' : 'forbidden',
    message: 'no',
    hint: '',
    retryable,
  });
}

describe('the origins of a merge', () => {
  it('are those of what it changed for agents, with the hash of the render and its places', async () => {
    await origins.keep(MERGE);
    const rendered = repositoryView(HEAD).effective.get('Configuration/edge')?.config.text ?? '';
    expect(rendered).toContain('14318');
    expect(await kept('edge')).toEqual([
      {
        ...MERGE,
        configuration: 'edge',
        renderHash: sha256(withoutHeader(rendered)),
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        sourceMap: expect.objectContaining({ name: 'edge', files: expect.arrayContaining(['sources.yaml']) }),
        receivedAt: clock.now(),
      },
    ]);
    expect(await kept('hub')).toEqual([]);
  });

  it('of a first commit are those of everything in it; of a direct push they name no pull request', async () => {
    revisions = { root: BASE };
    await origins.keep({ repository: MERGE.repository, commit: 'root' });
    for (const name of ['edge', 'hub']) {
      const [origin] = await kept(name);
      expect(origin).toMatchObject({ commit: 'root' });
      expect(origin).not.toHaveProperty('pullRequest');
    }
  });

  it('are rendered with the server’s own types where it has some', async () => {
    const types = await ownTypeDocuments();
    const otlp = types.find(({ file }) => file.endsWith('sources/otlp.yaml'));
    const listening = JSON.stringify(otlp?.value).replaceAll('0.0.0.0', '127.0.0.1');
    resourceTypes = async () => [JSON.parse(listening) as JsonMap];
    await origins.keep(MERGE);
    const [origin] = await kept('edge');
    const builtIn = repositoryView(HEAD).effective.get('Configuration/edge')?.config.text ?? '';
    expect(origin?.renderHash).not.toBe(sha256(withoutHeader(builtIn)));
  });

  it('are made once for both events of a merge, and again after a restart without a second entry', async () => {
    await origins.keep(MERGE);
    const once = asked.length;
    await origins.keep({ ...MERGE, repository: 'Shop/Collectors' });
    expect(asked).toHaveLength(once);
    await (await create()).keep(MERGE);
    expect(await kept('edge')).toHaveLength(1);
  });

  it('are none, and nobody is asked for types, where no file of ours changed', async () => {
    revisions = { base: BASE, head: BASE };
    await origins.keep(MERGE);
    expect(asked).toEqual([]);
  });

  it('are none of a repository that the app cannot see', async () => {
    await origins.keep({ ...MERGE, repository: 'shop/other' });
    expect([asked, warnings]).toEqual([[], []]);
  });
});

describe('what goes wrong on the way', () => {
  it('is tried again by the delivery while the server is away; nothing is kept meanwhile', async () => {
    resourceTypes = () => Promise.reject(failure(true));
    await expect(origins.keep(MERGE)).rejects.toMatchObject({ code: 'unreachable' });
    expect(await kept('edge')).toEqual([]);
    resourceTypes = async () => [];
    await origins.keep(MERGE);
    expect(await kept('edge')).toHaveLength(1);
  });

  it('is said, and built-in types are used, where the server does not give its own', async () => {
    resourceTypes = () => Promise.reject(failure(false));
    await origins.keep(MERGE);
    expect(await kept('edge')).toHaveLength(1);
    expect(warnings).toEqual([expect.stringMatching(/resource types of https:.* built-in types are used/)]);
  });

  it('does not take away the types that the server gave before', async () => {
    revisions = { ...revisions, root: BASE };
    await origins.keep({ ...MERGE, commit: 'root' });
    resourceTypes = () => Promise.reject(failure(true));
    await origins.keep(MERGE);
    expect(warnings).toEqual([expect.stringContaining('the types it had before are used')]);
    expect((await kept('edge')).map(({ commit }) => commit).toSorted()).toEqual(['head', 'root']);
  });

  it('in a repository that cannot be read is said once, and holds up nothing', async () => {
    read = () => {
      throw new OperationError({ code: 'repository-too-large', message: 'too large', hint: '' });
    };
    await origins.keep(MERGE);
    await origins.keep(MERGE);
    expect(warnings).toEqual(['shop/collectors@head could not be rendered; rollouts of it are not told']);
  });

  it('with one file is said, and the others are rendered', async () => {
    revisions['head'] = { ...HEAD, 'other.yaml': 'x: 1\n' };
    read = (path) => (path === 'other.yaml' ? { problem: 'unreadable', reason: 'not given' } : {});
    await origins.keep(MERGE);
    expect(warnings).toEqual(['other.yaml of shop/collectors@head was not read']);
    expect(await kept('edge')).toHaveLength(1);
  });

  it('in files of people is theirs: a broken one changes nothing for the rest', async () => {
    revisions['head'] = { ...HEAD, 'broken.yaml': 'a: [\n' };
    await origins.keep(MERGE);
    expect(await kept('edge')).toHaveLength(1);
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BareRepository } from '../../../app/demo/github/git.ts';
import {
  createGitHubServer,
  type GitHubServer,
  type GitHubServerOptions,
} from '../../../app/demo/github/server.ts';

/** One key pair for all tests of a run: making one takes a tenth of a second. */
export const APP_KEYS: { readonly publicKey: string; readonly privateKey: string } = generateKeyPairSync(
  'rsa',
  {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    // GitHub hands out PKCS#1.
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  },
);

export const REPOSITORY = 'shop/collectors';

const PERSON = { name: 'ada', email: 'ada@shop.example', date: '2026-01-01T00:00:00Z' };

export interface World {
  readonly server: GitHubServer;
  readonly git: BareRepository;
  /** A commit on `branch` with these files changed (null deletes); starts the branch at main where it is new. */
  commit(branch: string, message: string, files: Readonly<Record<string, string | null>>): Promise<string>;
  /** Moves the clock of the server. */
  tick(durationMs: number): void;
  close(): Promise<void>;
}

/** A GitHub with one repository, `shop/collectors`, that has a first commit on main. */
export async function createWorld(options: Partial<GitHubServerOptions> = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'collie-github-'));
  let now = Date.parse('2026-01-02T03:04:05Z');
  const server = await createGitHubServer({
    gitDirectory: folder,
    clock: { now: () => now },
    appId: 4242,
    appPublicKey: APP_KEYS.publicKey,
    ...options,
  });
  const { git } = await server.createRepository(REPOSITORY, { collaborators: { ada: 'write', eve: 'read' } });
  const world: World = {
    server,
    git,
    async commit(branch, message, files) {
      const parent = (await git.commitOf(`refs/heads/${branch}`)) ?? (await git.commitOf('refs/heads/main'));
      const tree = await changedTree(git, parent, files);
      const sha = await git.writeCommit({
        tree,
        parents: parent === undefined ? [] : [parent],
        message,
        author: PERSON,
        committer: PERSON,
      });
      await git.setRef(`refs/heads/${branch}`, sha);
      return sha;
    },
    tick(durationMs) {
      now += durationMs;
    },
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await world.commit('main', 'First', {
    'README.md': '# Collectors\n',
    'bindplane/sources.yaml': 'one\ntwo\nthree\n',
  });
  await server.pushed(REPOSITORY, 'ada');
  return world;
}

async function changedTree(
  git: BareRepository,
  parent: string | undefined,
  files: Readonly<Record<string, string | null>>,
): Promise<string> {
  const known = parent === undefined ? [] : await git.tree(parent, true);
  const blobs = new Map(
    known.filter((entry) => entry.type === 'blob').map((entry) => [entry.path, entry.sha]),
  );
  for (const [path, text] of Object.entries(files)) {
    if (text === null) blobs.delete(path);
    else blobs.set(path, await git.writeBlob(Buffer.from(text)));
  }
  return writeFolder(git, blobs);
}

async function writeFolder(git: BareRepository, blobs: ReadonlyMap<string, string>): Promise<string> {
  const folders = new Map<string, Map<string, string>>();
  const entries: { path: string; mode: string; type: 'blob' | 'tree'; sha: string }[] = [];
  for (const [path, sha] of blobs) {
    const [first = '', ...rest] = path.split('/');
    if (rest.length === 0) entries.push({ path: first, mode: '100644', type: 'blob', sha });
    else folders.set(first, (folders.get(first) ?? new Map<string, string>()).set(rest.join('/'), sha));
  }
  for (const [name, inside] of folders) {
    entries.push({ path: name, mode: '040000', type: 'tree', sha: await writeFolder(git, inside) });
  }
  return git.writeTree(entries);
}

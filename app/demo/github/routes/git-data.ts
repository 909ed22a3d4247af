import type { TreeEntry } from '../git.ts';
import { observePushes } from '../pull-requests.ts';
import { created, invalid, notFound, ok, Refusal, type Reply } from '../reply.ts';
import {
  type ApiRequest,
  asRecord,
  repositoryOfRequest,
  requiredText,
  type Route,
  textField,
} from '../route.ts';
import { nodeId } from '../shapes/account.ts';
import { gitCommitShape } from '../shapes/commit.ts';
import { apiUrl } from '../shapes/repository.ts';
import type { RepositoryRecord } from '../state.ts';

const READ = [['contents', 'read']] as const;
const WRITE = [['contents', 'write']] as const;

async function treeAnswer(
  request: ApiRequest,
  repository: RepositoryRecord,
  sha: string,
  recursive: boolean,
): Promise<Record<string, unknown>> {
  const api = apiUrl(request.github, repository);
  const entries = await repository.git.tree(sha, recursive);
  return {
    sha,
    url: `${api}/git/trees/${sha}`,
    tree: entries.map((entry) => ({
      path: entry.path,
      mode: entry.mode,
      type: entry.type,
      sha: entry.sha,
      ...(entry.size === undefined ? {} : { size: entry.size }),
      ...(entry.type === 'commit' ? {} : { url: `${api}/git/${entry.type}s/${entry.sha}` }),
    })),
    truncated: false,
  };
}

/** Puts changed files into the folders of a base tree and writes the trees upwards. */
async function writeTree(
  repository: RepositoryRecord,
  base: string | undefined,
  changes: ReadonlyMap<string, TreeEntry | undefined>,
): Promise<string> {
  const here = base === undefined ? [] : await repository.git.tree(base, false);
  const entries = new Map(here.map((entry) => [entry.path, entry]));
  const folders = new Map<string, Map<string, TreeEntry | undefined>>();
  for (const [path, entry] of changes) {
    const slash = path.indexOf('/');
    if (slash < 0) {
      if (entry === undefined) entries.delete(path);
      else entries.set(path, { ...entry, path });
    } else {
      const folder = folders.get(path.slice(0, slash)) ?? new Map<string, TreeEntry | undefined>();
      folders.set(path.slice(0, slash), folder.set(path.slice(slash + 1), entry));
    }
  }
  for (const [name, inside] of folders) {
    const known = entries.get(name);
    const sha = await writeTree(repository, known?.type === 'tree' ? known.sha : undefined, inside);
    entries.set(name, { path: name, mode: '040000', type: 'tree', sha });
  }
  return repository.git.writeTree([...entries.values()]);
}

async function createTree(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const base = textField(request.body, 'Tree', 'base_tree');
  const baseTree = base === undefined ? undefined : await repository.git.treeOf(base);
  if (base !== undefined && baseTree === undefined) throw new Refusal(404, 'base_tree does not exist');
  const items = request.body['tree'];
  if (!Array.isArray(items) || items.length === 0) {
    throw invalid('Tree', 'tree', 'Invalid tree info', 'invalid');
  }
  const changes = new Map<string, TreeEntry | undefined>();
  for (const item of items.map(asRecord)) {
    const path = requiredText(item, 'Tree', 'path');
    const content = textField(item, 'Tree', 'content');
    const given = item['sha'] === null ? null : textField(item, 'Tree', 'sha');
    const sha =
      given ?? (content === undefined ? undefined : await repository.git.writeBlob(Buffer.from(content)));
    const mode = textField(item, 'Tree', 'mode') ?? '100644';
    changes.set(
      path,
      given === null || sha === undefined
        ? undefined
        : { path, mode, type: mode === '040000' ? 'tree' : 'blob', sha },
    );
  }
  return created(
    await treeAnswer(request, repository, await writeTree(repository, baseTree, changes), false),
  );
}

async function createCommit(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const { body, github, caller } = request;
  const given = asRecord(body['author']);
  const login = caller.account?.login ?? 'ghost';
  const author = {
    name: textField(given, 'Commit', 'name') ?? login,
    email: textField(given, 'Commit', 'email') ?? `${login}@users.noreply.localhost`,
    date: textField(given, 'Commit', 'date') ?? github.now(),
  };
  const parents = Array.isArray(body['parents']) ? body['parents'].map(String) : [];
  const tree = await repository.git.treeOf(requiredText(body, 'Commit', 'tree'));
  if (tree === undefined) throw new Refusal(422, 'Tree SHA does not exist');
  const sha = await repository.git.writeCommit({
    tree,
    parents,
    message: requiredText(body, 'Commit', 'message'),
    author,
    committer: author,
  });
  return created(gitCommitShape(github, repository, await repository.git.commit(sha)));
}

function refShape(
  request: ApiRequest,
  repository: RepositoryRecord,
  ref: string,
  sha: string,
): Record<string, unknown> {
  const api = apiUrl(request.github, repository);
  return {
    ref,
    node_id: nodeId('Ref', ref),
    url: `${api}/git/${ref}`,
    object: { type: 'commit', sha, url: `${api}/git/commits/${sha}` },
  };
}

/** Moved branches are told like any push, without making the caller wait. */
function announce(request: ApiRequest, repository: RepositoryRecord): void {
  const { account } = request.caller;
  if (account !== undefined) void observePushes(request.github, repository, account);
}

async function existingRef(
  request: ApiRequest,
  repository: RepositoryRecord,
): Promise<{ ref: string; sha: string }> {
  const ref = `refs/${request.params['ref'] ?? ''}`;
  const sha = await repository.git.commitOf(ref);
  if (sha === undefined) throw notFound();
  return { ref, sha };
}

async function createRef(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const ref = requiredText(request.body, 'Reference', 'ref');
  const sha = requiredText(request.body, 'Reference', 'sha');
  if (!/^refs\/[\w.-]+(?:\/[\w.-]+)+$/.test(ref)) throw new Refusal(422, 'Reference name is not valid');
  if ((await repository.git.commitOf(ref)) !== undefined) throw new Refusal(422, 'Reference already exists');
  if ((await repository.git.commitOf(sha)) === undefined) throw new Refusal(422, 'Object does not exist');
  await repository.git.setRef(ref, sha);
  announce(request, repository);
  return created(refShape(request, repository, ref, sha));
}

async function updateRef(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const { ref, sha: before } = await existingRef(request, repository);
  const sha = requiredText(request.body, 'Reference', 'sha');
  if ((await repository.git.commitOf(sha)) === undefined) throw new Refusal(422, 'Object does not exist');
  if (request.body['force'] !== true && !(await repository.git.isAncestor(before, sha))) {
    throw new Refusal(422, 'Update is not a fast forward');
  }
  await repository.git.setRef(ref, sha);
  announce(request, repository);
  return ok(refShape(request, repository, ref, sha));
}

/** Blobs, trees, commits and refs of the object database. */
export const GIT_DATA_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:repo/git/trees/:tree',
    permissions: READ,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const sha = await repository.git.treeOf(request.params['tree'] ?? '');
      if (sha === undefined) throw notFound();
      return ok(await treeAnswer(request, repository, sha, request.url.searchParams.has('recursive')));
    },
  },
  { method: 'POST', path: '/repos/:owner/:repo/git/trees', permissions: WRITE, handle: createTree },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/git/blobs/:blob',
    permissions: READ,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const sha = request.params['blob'] ?? '';
      const content = /^[0-9a-f]{40}$/.test(sha) ? await repository.git.blob(sha) : undefined;
      if (content === undefined) throw notFound();
      return ok({
        sha,
        node_id: nodeId('Blob', sha),
        url: `${apiUrl(request.github, repository)}/git/blobs/${sha}`,
        size: content.length,
        content: `${content.toString('base64')}\n`,
        encoding: 'base64',
      });
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:repo/git/blobs',
    permissions: WRITE,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const encoding = textField(request.body, 'Blob', 'encoding') === 'base64' ? 'base64' : 'utf8';
      const sha = await repository.git.writeBlob(
        Buffer.from(requiredText(request.body, 'Blob', 'content'), encoding),
      );
      return created({ sha, url: `${apiUrl(request.github, repository)}/git/blobs/${sha}` });
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/git/commits/:commit',
    permissions: READ,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const sha = await repository.git.commitOf(request.params['commit'] ?? '');
      if (sha === undefined) throw notFound();
      return ok(gitCommitShape(request.github, repository, await repository.git.commit(sha)));
    },
  },
  { method: 'POST', path: '/repos/:owner/:repo/git/commits', permissions: WRITE, handle: createCommit },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/git/ref/:ref*',
    permissions: READ,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const { ref, sha } = await existingRef(request, repository);
      return ok(refShape(request, repository, ref, sha));
    },
  },
  { method: 'POST', path: '/repos/:owner/:repo/git/refs', permissions: WRITE, handle: createRef },
  { method: 'PATCH', path: '/repos/:owner/:repo/git/refs/:ref*', permissions: WRITE, handle: updateRef },
  {
    method: 'DELETE',
    path: '/repos/:owner/:repo/git/refs/:ref*',
    permissions: WRITE,
    handle: async (request) => {
      const repository = repositoryOfRequest(request);
      const { ref } = await existingRef(request, repository);
      await repository.git.deleteRef(ref);
      return { status: 204 };
    },
  },
];

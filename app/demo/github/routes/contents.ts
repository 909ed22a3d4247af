import type { TreeEntry } from '../git.ts';
import { notFound, ok, Refusal, type Reply } from '../reply.ts';
import { type ApiRequest, repositoryOfRequest, type Route } from '../route.ts';
import { apiUrl, pageUrl } from '../shapes/repository.ts';
import type { RepositoryRecord } from '../state.ts';

/** Symbolic links have this mode; GitHub gives their target instead of following them. */
const SYMLINK = '120000';

function shape(
  request: ApiRequest,
  repository: RepositoryRecord,
  ref: string,
  entry: TreeEntry,
): Record<string, unknown> {
  const path = entry.path.split('/').map(encodeURIComponent).join('/');
  const api = apiUrl(request.github, repository);
  const html = pageUrl(request.github, repository);
  const kind =
    entry.type === 'tree'
      ? 'dir'
      : entry.type === 'commit'
        ? 'submodule'
        : entry.mode === SYMLINK
          ? 'symlink'
          : 'file';
  const self = `${api}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const git = entry.type === 'commit' ? null : `${api}/git/${entry.type}s/${entry.sha}`;
  const page = `${html}/${entry.type === 'tree' ? 'tree' : 'blob'}/${ref}/${path}`;
  return {
    type: kind,
    name: entry.path.split('/').at(-1) ?? '',
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url: self,
    html_url: page,
    git_url: git,
    download_url: kind === 'file' ? `${html}/raw/${ref}/${path}` : null,
    _links: { self, git, html: page },
  };
}

async function contents(request: ApiRequest): Promise<Reply> {
  const repository = repositoryOfRequest(request);
  const ref = request.url.searchParams.get('ref') ?? repository.defaultBranch;
  const path = (request.params['path'] ?? '').replace(/\/+$/, '');
  const sha = await repository.git.commitOf(ref);
  if (sha === undefined) throw new Refusal(404, `No commit found for the ref ${ref}`);
  const entry = await repository.git.entry(sha, path);
  if (entry === undefined) throw notFound();
  if (entry.type === 'tree') {
    const children = await repository.git.tree(entry.sha, false);
    const prefix = path === '' ? '' : `${path}/`;
    return ok(
      children.map((child) => shape(request, repository, ref, { ...child, path: prefix + child.path })),
    );
  }
  const file = shape(request, repository, ref, entry);
  const content = await repository.git.blob(entry.sha);
  if (entry.mode === SYMLINK) return ok({ ...file, target: content?.toString('utf8') ?? '' });
  if (content === undefined) return ok({ ...file, submodule_git_url: null });
  return ok({ ...file, content: `${content.toString('base64')}\n`, encoding: 'base64' });
}

/** Files and folders at a revision. */
export const CONTENT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:repo/contents/:path*',
    permissions: [['contents', 'read']],
    handle: contents,
  },
];

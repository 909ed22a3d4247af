import { describe, expect, it } from 'vitest';
import { EMPTY_TREE } from '../../src/io/git.ts';
import type { GitHubClient, JsonObject } from '../../src/io/github-client.ts';
import { BlobMemory, type CommitFiles, gitHubFiles } from '../../src/io/github-files.ts';
import { IO_LIMITS } from '../../src/io/limits.ts';

interface Item {
  readonly path: string;
  readonly mode?: string;
  readonly sha?: string;
  readonly size?: number;
}

/** The git objects of one repository, as GitHub's API gives them. */
class Objects implements GitHubClient {
  readonly asked: string[] = [];
  readonly trees = new Map<string, readonly Item[]>();
  readonly blobs = new Map<string, string>();
  readonly failures = new Map<string, number>();
  truncated = false;
  encoding = 'base64';

  async request(
    route: string,
    parameters: JsonObject = {},
  ): Promise<{ readonly status: number; readonly data: unknown }> {
    const sha = String(parameters['tree_sha'] ?? parameters['file_sha'] ?? parameters['commit_sha']);
    this.asked.push(sha);
    const status = this.failures.get(sha);
    if (status !== undefined) throw Object.assign(new Error('no'), { status, response: { headers: {} } });
    return { status: 200, data: this.#answer(route, sha) };
  }

  #answer(route: string, sha: string): unknown {
    if (route.includes('/commits/')) {
      return { parents: sha === 'root' ? [] : [{ sha: 'one' }, { sha: 'two' }] };
    }
    if (route.includes('/blobs/')) {
      const content = Buffer.from(this.blobs.get(sha) ?? '').toString('base64');
      return { encoding: this.encoding, content: `${content}\n` };
    }
    const tree = (this.trees.get(sha) ?? []).map((item) => ({
      mode: '100644',
      type: item.mode === '040000' ? 'tree' : item.mode === '160000' ? 'commit' : 'blob',
      sha: `sha of ${item.path}`,
      size: 3,
      ...item,
    }));
    return { tree, truncated: this.truncated };
  }
}

const clock = { now: () => 0, wait: async () => undefined };

function reader(objects: Objects, blobs: BlobMemory = new BlobMemory()): CommitFiles {
  return gitHubFiles(objects, { repository: 'shop/collectors', clock, blobs });
}

function repository(...items: readonly Item[]): Objects {
  const objects = new Objects();
  objects.trees.set('head', items);
  for (const { path } of items) objects.blobs.set(`sha of ${path}`, path);
  return objects;
}

describe('files of a commit on GitHub', () => {
  it('are its YAML files with their bytes, and nothing else is read', async () => {
    const objects = repository(
      { path: 'a.yaml' },
      { path: 'deep', mode: '040000' },
      { path: 'deep/b.yml' },
      { path: 'README.md' },
    );
    const files = await reader(objects).files('head', []);
    expect(files.map(({ path, bytes }) => [path, Buffer.from(bytes ?? []).toString()])).toEqual([
      ['a.yaml', 'a.yaml'],
      ['deep/b.yml', 'deep/b.yml'],
    ]);
    expect(objects.asked).toEqual(['head', 'sha of a.yaml', 'sha of deep/b.yml']);
  });

  it('are none of the empty tree', async () => {
    const objects = repository();
    expect(await reader(objects).files(EMPTY_TREE, [])).toEqual([]);
    expect(objects.asked).toEqual([]);
  });

  it('that are links, submodules or too large are named and not read', async () => {
    const objects = repository(
      { path: 'link.yaml', mode: '120000' },
      { path: 'module.yaml', mode: '160000' },
      { path: 'large.yaml', size: IO_LIMITS.maxFileBytes + 1 },
    );
    expect((await reader(objects).files('head', [])).map(({ problem }) => problem)).toEqual([
      'symlink',
      'submodule',
      'too-large',
    ]);
    expect(objects.asked).toEqual(['head']);
  });

  it('that GitHub refuses to give are unreadable, with its words; the others are read', async () => {
    const objects = repository({ path: 'a.yaml' }, { path: 'b.yaml' });
    objects.failures.set('sha of a.yaml', 404);
    const [refused, read] = await reader(objects).files('head', []);
    expect(refused).toMatchObject({ problem: 'unreadable', reason: expect.stringContaining('404') });
    expect(read?.bytes).toBeDefined();
  });

  it('in an unknown encoding are unreadable', async () => {
    const objects = repository({ path: 'a.yaml' });
    objects.encoding = 'none';
    expect((await reader(objects).files('head', []))[0]).toMatchObject({ problem: 'unreadable' });
  });

  it('reject while GitHub is broken, so that they can be asked for again', async () => {
    const objects = repository({ path: 'a.yaml' });
    objects.failures.set('sha of a.yaml', 502);
    await expect(reader(objects).files('head', [])).rejects.toMatchObject({ retryable: true });
  });

  it.each([
    [
      'too many',
      Array.from({ length: IO_LIMITS.maxGitHubFiles + 1 }, (_, index) => ({ path: `${index}.yaml` })),
    ],
    [
      'too much',
      Array.from({ length: 6 }, (_, index) => ({ path: `${index}.yaml`, size: IO_LIMITS.maxFileBytes })),
    ],
  ])('are refused with a sentence when they are %s', async (_, items) => {
    const objects = repository(...items);
    await expect(reader(objects).files('head', [])).rejects.toMatchObject({
      code: 'repository-too-large',
      message: expect.stringContaining("too large to be read through GitHub's API"),
    });
    expect(objects.asked).toEqual(['head']);
  });

  it('are refused where GitHub lists only some', async () => {
    const objects = repository({ path: 'a.yaml' });
    objects.truncated = true;
    await expect(reader(objects).files('head', [])).rejects.toMatchObject({ code: 'repository-too-large' });
  });

  it('that did not change are not asked for again', async () => {
    const objects = repository({ path: 'a.yaml' }, { path: 'b.yaml' });
    objects.trees.set('next', [{ path: 'a.yaml' }, { path: 'b.yaml', sha: 'new' }]);
    const blobs = new BlobMemory();
    await reader(objects, blobs).files('head', []);
    objects.asked.length = 0;
    const files = await reader(objects, blobs).files('next', []);
    expect(objects.asked).toEqual(['next', 'new']);
    expect(files.map(({ bytes }) => bytes?.length)).toEqual([6, 0]);
  });

  it('are compared by their listings, which are asked for once', async () => {
    const objects = repository({ path: 'a.yaml' }, { path: 'README.md', sha: 'old' });
    objects.trees.set('docs', [{ path: 'a.yaml' }, { path: 'README.md', sha: 'new' }]);
    objects.trees.set('moved', [{ path: 'b.yaml', sha: 'sha of a.yaml' }]);
    const files = reader(objects);
    expect(await files.differ('head', 'docs')).toBe(false);
    expect(await files.differ('head', 'moved')).toBe(true);
    expect(await files.differ('head', EMPTY_TREE)).toBe(true);
    expect(objects.asked).toEqual(['head', 'docs', 'moved']);
  });

  it('of a commit are looked for on its first parent; the first commit has none', async () => {
    const files = reader(repository());
    expect([await files.parent('merge'), await files.parent('root')]).toEqual(['one', undefined]);
  });
});

describe('what is remembered of contents', () => {
  it('is bounded, and what was used last stays', () => {
    const blobs = new BlobMemory();
    const quarter = new Uint8Array(IO_LIMITS.maxRememberedBytes / 4);
    for (const key of ['a', 'b', 'c', 'd']) blobs.put(key, quarter);
    blobs.get('a');
    blobs.put('e', quarter);
    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => blobs.get(key) !== undefined)).toEqual([
      'a',
      'c',
      'd',
      'e',
    ]);
    blobs.put('e', quarter);
    expect(blobs.get('a')).toBeDefined();
  });
});

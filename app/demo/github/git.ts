import { execFile } from 'node:child_process';

/** One commit as git knows it. */
export interface GitCommit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: GitPerson;
  readonly committer: GitPerson;
}

/** `date` is ISO 8601 in UTC. */
export interface GitPerson {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly size?: number;
}

export interface FileDifference {
  readonly path: string;
  readonly previousPath?: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  readonly patch?: string;
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: GitPerson;
  readonly committer: GitPerson;
}

/** A bare repository on disk, read and written through git's plumbing; nothing is ever checked out. */
export interface BareRepository {
  readonly directory: string;
  /** The commit a revision names; undefined when there is none. */
  commitOf(revision: string): Promise<string | undefined>;
  commit(sha: string): Promise<GitCommit>;
  /** Commits reachable from `to` and not from `from`, oldest first. */
  between(from: string, to: string): Promise<readonly GitCommit[]>;
  branches(): Promise<ReadonlyMap<string, string>>;
  mergeBase(a: string, b: string): Promise<string | undefined>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  treeOf(revision: string): Promise<string | undefined>;
  tree(sha: string, recursive: boolean): Promise<readonly TreeEntry[]>;
  /** The entry at `path` of a revision; the root is the tree with path ''. */
  entry(revision: string, path: string): Promise<TreeEntry | undefined>;
  blob(sha: string): Promise<Buffer | undefined>;
  difference(base: string, head: string): Promise<readonly FileDifference[]>;
  /** The tree of merging two commits; undefined when they conflict. */
  mergedTree(ours: string, theirs: string): Promise<string | undefined>;
  writeBlob(content: Buffer): Promise<string>;
  writeTree(entries: readonly TreeEntry[]): Promise<string>;
  writeCommit(commit: NewCommit): Promise<string>;
  setRef(ref: string, sha: string): Promise<void>;
  deleteRef(ref: string): Promise<void>;
}

const SEPARATOR = '\u0001';
const FORMAT = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x01');
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function runGit(
  directory: string,
  args: readonly string[],
  input?: Buffer,
  extra: Readonly<Record<string, string>> = {},
): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      ['--git-dir', directory, ...args],
      {
        encoding: 'buffer',
        maxBuffer: MAX_OUTPUT_BYTES,
        env: {
          PATH: process.env['PATH'] ?? '',
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_TERMINAL_PROMPT: '0',
          ...extra,
        },
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ code, stdout, stderr: stderr.toString('utf8') });
        else reject(error ?? new Error('git did not end'));
      },
    );
    // A command that ended without reading has its own exit code to tell; the broken pipe says nothing more.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** Creates an empty bare repository whose HEAD is `branch`; an existing one is left as it is. */
export async function initBareRepository(directory: string, branch: string): Promise<void> {
  const known = await runGit(directory, ['rev-parse', '--is-bare-repository']).catch(() => undefined);
  if (known?.code === 0) return;
  const made = await runGit(directory, [
    'init',
    '--quiet',
    '--bare',
    `--initial-branch=${branch}`,
    directory,
  ]);
  if (made.code !== 0) throw new Error(`git init ${directory}: ${made.stderr}`);
}

/** Opens a bare repository; nothing is read until asked. */
export function openBareRepository(directory: string): BareRepository {
  return new Bare(directory);
}

const OBJECT_NAME = /^[0-9a-f]{40}$/;

class Bare implements BareRepository {
  readonly directory: string;
  /** What was said of commits by their names: objects never change, and a process for each question is most of what an answer costs. */
  readonly #said = new Map<string, Promise<unknown>>();

  constructor(directory: string) {
    this.directory = directory;
  }

  commitOf(revision: string): Promise<string | undefined> {
    return this.#resolved(`${revision}^{commit}`);
  }

  commit(sha: string): Promise<GitCommit> {
    return this.#once('commit', [sha], async () =>
      parseCommit(await this.#text(['show', '--no-patch', `--format=${FORMAT}`, sha])),
    );
  }

  between(from: string, to: string): Promise<readonly GitCommit[]> {
    return this.#once('between', [from, to], () => this.#between(from, to));
  }

  async #between(from: string, to: string): Promise<readonly GitCommit[]> {
    const out = await this.#text([
      'log',
      '-z',
      '--reverse',
      '--topo-order',
      `--format=${FORMAT}`,
      `${from}..${to}`,
    ]);
    const entries = out.split('\0').filter((entry) => entry !== '');
    return entries.map(parseCommit);
  }

  async branches(): Promise<ReadonlyMap<string, string>> {
    const out = await this.#text([
      'for-each-ref',
      '--format=%(objectname) %(refname:lstrip=2)',
      'refs/heads',
    ]);
    const lines = out.split('\n').filter((line) => line !== '');
    return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
  }

  mergeBase(a: string, b: string): Promise<string | undefined> {
    return this.#once('merge-base', [a, b], async () => {
      const result = await runGit(this.directory, ['merge-base', a, b]);
      return result.code === 0 ? result.stdout.toString('utf8').trim() : undefined;
    });
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return (await runGit(this.directory, ['merge-base', '--is-ancestor', ancestor, descendant])).code === 0;
  }

  treeOf(revision: string): Promise<string | undefined> {
    return this.#resolved(`${revision}^{tree}`);
  }

  async tree(sha: string, recursive: boolean): Promise<readonly TreeEntry[]> {
    return parseTree(await this.#text(['ls-tree', '-z', '--long', ...(recursive ? ['-r', '-t'] : []), sha]));
  }

  async entry(revision: string, path: string): Promise<TreeEntry | undefined> {
    if (path === '') {
      const sha = await this.treeOf(revision);
      return sha === undefined ? undefined : { path: '', mode: '040000', type: 'tree', sha };
    }
    const result = await runGit(this.directory, ['ls-tree', '-z', '--long', revision, '--', path]);
    return result.code === 0 ? parseTree(result.stdout.toString('utf8'))[0] : undefined;
  }

  async blob(sha: string): Promise<Buffer | undefined> {
    const result = await runGit(this.directory, ['cat-file', 'blob', sha]);
    return result.code === 0 ? result.stdout : undefined;
  }

  difference(base: string, head: string): Promise<readonly FileDifference[]> {
    return this.#once('difference', [base, head], () => this.#difference(base, head));
  }

  async #difference(base: string, head: string): Promise<readonly FileDifference[]> {
    const [raw, patch] = await Promise.all([
      this.#text(['diff', '-M', '--raw', '--numstat', '-z', '--abbrev=40', base, head]),
      this.#text(['diff', '-M', '--no-color', base, head]),
    ]);
    return parseDifference(raw, patch);
  }

  mergedTree(ours: string, theirs: string): Promise<string | undefined> {
    return this.#once('merge-tree', [ours, theirs], async () => {
      const result = await runGit(this.directory, ['merge-tree', '--write-tree', ours, theirs]);
      return result.code === 0 ? result.stdout.toString('utf8').trim() : undefined;
    });
  }

  async writeBlob(content: Buffer): Promise<string> {
    return (await this.#text(['hash-object', '-w', '--stdin'], content)).trim();
  }

  async writeTree(entries: readonly TreeEntry[]): Promise<string> {
    const lines = entries.map(({ mode, type, sha, path }) => `${mode} ${type} ${sha}\t${path}\0`);
    return (await this.#text(['mktree', '-z'], Buffer.from(lines.join('')))).trim();
  }

  async writeCommit(commit: NewCommit): Promise<string> {
    const { author, committer } = commit;
    const parents = commit.parents.flatMap((parent) => ['-p', parent]);
    const out = await this.#text(
      ['commit-tree', commit.tree, ...parents, '-F', '-'],
      Buffer.from(commit.message),
      {
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_AUTHOR_DATE: author.date,
        GIT_COMMITTER_NAME: committer.name,
        GIT_COMMITTER_EMAIL: committer.email,
        GIT_COMMITTER_DATE: committer.date,
      },
    );
    return out.trim();
  }

  async setRef(ref: string, sha: string): Promise<void> {
    await this.#text(['update-ref', ref, sha]);
  }

  async deleteRef(ref: string): Promise<void> {
    await this.#text(['update-ref', '-d', ref]);
  }

  /** What `ask` answered the first time; asked again where a name is none of an object, and after a failure or no answer. */
  #once<T>(question: string, names: readonly string[], ask: () => Promise<T>): Promise<T> {
    if (!names.every((name) => OBJECT_NAME.test(name))) return ask();
    const key = [question, ...names].join(' ');
    const known = this.#said.get(key);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a question has one kind of answer
    if (known !== undefined) return known as Promise<T>;
    const answer = ask();
    this.#said.set(key, answer);
    void answer.then(
      (said) => said === undefined && this.#said.delete(key),
      () => this.#said.delete(key),
    );
    return answer;
  }

  async #text(
    args: readonly string[],
    input?: Buffer,
    extra?: Readonly<Record<string, string>>,
  ): Promise<string> {
    const result = await runGit(this.directory, args, input, extra);
    const { code, stderr } = result;
    if (code !== 0) throw new Error(`git ${args[0] ?? ''} in ${this.directory}: ${stderr.trim()}`);
    return result.stdout.toString('utf8');
  }

  async #resolved(revision: string): Promise<string | undefined> {
    // A leading dash would be read as an option.
    if (revision.startsWith('-')) return undefined;
    const result = await runGit(this.directory, ['rev-parse', '--verify', '--quiet', revision]);
    return result.code === 0 ? result.stdout.toString('utf8').trim() : undefined;
  }
}

function parseCommit(text: string): GitCommit {
  const [
    sha = '',
    tree = '',
    parents = '',
    an = '',
    ae = '',
    ad = '',
    cn = '',
    ce = '',
    cd = '',
    ...message
  ] = text.split(SEPARATOR);
  return {
    sha,
    tree,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    message: message.join(SEPARATOR).trimEnd(),
    author: { name: an, email: ae, date: utc(ad) },
    committer: { name: cn, email: ce, date: utc(cd) },
  };
}

function utc(date: string): string {
  return new Date(date).toISOString().replace('.000Z', 'Z');
}

function parseTree(text: string): TreeEntry[] {
  return text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t');
      const [meta, path] = [line.slice(0, tab), line.slice(tab + 1)];
      const [mode = '', type = '', sha = '', size = '-'] = meta.split(/ +/);
      return {
        path,
        mode,
        type: type === 'tree' || type === 'commit' ? type : 'blob',
        sha,
        ...(size === '-' ? {} : { size: Number(size) }),
      };
    });
}

const STATUS_WORDS: Readonly<Record<string, FileDifference['status']>> = {
  A: 'added',
  D: 'removed',
  R: 'renamed',
};

/** Joins git's raw and numstat listings (`-z`) with the patches, which come in the same order. */
function parseDifference(listing: string, patchText: string): FileDifference[] {
  const fields = listing.split('\0');
  const files: { status: FileDifference['status']; sha: string; path: string; previousPath?: string }[] = [];
  const counts: [number, number][] = [];
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] ?? '';
    if (field.startsWith(':')) {
      const [, , before = '', after = '', letter = 'M'] = field.split(' ');
      const status = STATUS_WORDS[letter.charAt(0)] ?? 'modified';
      const first = fields[(index += 1)] ?? '';
      const sha = status === 'removed' ? before : after;
      if (status === 'renamed') {
        files.push({ status, sha, previousPath: first, path: fields[(index += 1)] ?? '' });
      } else files.push({ status, sha, path: first });
    } else if (field !== '') {
      const [added = '0', deleted = '0', path = ''] = field.split('\t');
      counts.push([Number(added) || 0, Number(deleted) || 0]);
      if (path === '') index += 2;
    }
  }
  const patches = patchText.split(/^diff --git .*$/m).slice(1);
  return files.map((file, index) => {
    const [additions = 0, deletions = 0] = counts[index] ?? [];
    const patch = patches[index] ?? '';
    const start = patch.search(/^@@/m);
    return { ...file, additions, deletions, ...(start < 0 ? {} : { patch: patch.slice(start).trimEnd() }) };
  });
}

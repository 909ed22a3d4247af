/** One file of a revision. Symlinks and files over the size limit come without text and are said to the user. */
export interface RepositoryFile {
  readonly path: string;
  readonly bytes?: Uint8Array;
  readonly problem?: 'symlink' | 'too-large' | 'submodule';
  readonly size: number;
}

/** Files of a repository at a revision, never read through symlinks (DESIGN §4.2). */
export interface Repository {
  /** Resolves a revision to a full commit id; undefined when it does not exist. */
  resolve(revision: string): Promise<string | undefined>;
  mergeBase(a: string, b: string): Promise<string | undefined>;
  /** YAML files (`.yaml`, `.yml`, and workflow-relevant ones) under `paths` (empty = all) at a revision. */
  files(revision: string, paths: readonly string[]): Promise<readonly RepositoryFile[]>;
}

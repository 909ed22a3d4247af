/** One file of a revision. What cannot or must not be read comes without text and is said to the user. */
export interface RepositoryFile {
  readonly path: string;
  readonly bytes?: Uint8Array;
  readonly problem?: 'symlink' | 'too-large' | 'submodule' | 'special' | 'unreadable' | 'unreadable-folder';
  /** The system's words for why it is unreadable, like `permission denied`. */
  readonly reason?: string;
  readonly size: number;
}

/** Files of a repository at a revision, never read through symlinks (DESIGN §4.2). */
export interface Repository {
  /** Resolves a revision to a full commit id; undefined when it does not exist. */
  resolve(revision: string): Promise<string | undefined>;
  mergeBase(a: string, b: string): Promise<string | undefined>;
  /** YAML files (`.yaml`, `.yml`) and shell scripts (`.sh`) under `paths` (empty = all) at a revision. */
  files(revision: string, paths: readonly string[]): Promise<readonly RepositoryFile[]>;
}

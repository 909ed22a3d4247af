import { matchesGlob } from 'node:path';

/** Whether a file may hold what Collie reads. */
export function isYamlPath(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

/**
 * Whether a repository path lies under one of `paths` (files, folders or globs, `/`-separated, relative to the root).
 * No paths means everything.
 */
export function isUnder(path: string, paths: readonly string[]): boolean {
  if (paths.length === 0) return true;
  return paths.some((wanted) => {
    const clean = wanted.replace(/^\.\//, '').replace(/\/+$/, '');
    if (clean === '' || clean === '.') return true;
    if (path === clean || path.startsWith(`${clean}/`)) return true;
    return /[*?[{]/.test(clean) && matchesGlob(path, clean);
  });
}

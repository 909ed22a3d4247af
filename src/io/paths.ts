import { matchesGlob } from 'node:path';

/** Whether a file may hold what Collie reads: YAML, or a shell script that calls the tools of a rollout. */
export function isReadPath(path: string): boolean {
  return /\.(?:ya?ml|sh)$/i.test(path);
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

/** Whether a file that the glob `wanted` matches can lie below `folder`: its parts are tried on the folder's, one by one. */
export function leadsThrough(wanted: string, folder: string): boolean {
  // Braces may hold slashes, so that parts say nothing.
  if (wanted.includes('{')) return true;
  const parts = wanted.split('/');
  for (const [index, name] of folder.split('/').entries()) {
    const part = parts[index];
    if (part === '**') return true;
    if (part === undefined || index === parts.length - 1 || !matchesGlob(name, part)) return false;
  }
  return true;
}

/** Globs of the YAML files that lie in the same folder as `file`, not below it. */
export function beside(file: string): readonly string[] {
  const folder = file
    .split('/')
    .slice(0, -1)
    .map((part) => part.replaceAll(/[*?[\]{}\\]/g, '?'));
  return ['*.yaml', '*.yml'].map((name) => [...folder, name].join('/'));
}

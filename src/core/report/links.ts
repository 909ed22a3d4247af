import type { SourceRange } from '../document/finding.ts';

/**
 * What a report needs to know about where it is read. Free of times, so that the same plan gives the same text. Without
 * `repositoryUrl` (a checkout without a forge) places are text.
 */
export interface ReportContext {
  /** `https://github.com/owner/name`, without a slash at the end. */
  readonly repositoryUrl?: string;
  readonly headSha?: string;
  readonly baseSha?: string;
  /** Name of the branch the pull request goes to. */
  readonly baseRef?: string;
}

/** Address of a file's lines at the head commit; undefined without a repository, or when that is no web address. */
export function placeUrl(context: ReportContext, at: SourceRange): string | undefined {
  const root = webAddress(context.repositoryUrl);
  if (root === undefined || context.headSha === undefined) return undefined;
  const path = at.file.toWellFormed().split('/').map(encodeURIComponent).join('/');
  const lines = at.endLine > at.line ? `#L${at.line}-L${at.endLine}` : `#L${at.line}`;
  return `${root}/blob/${encodeURIComponent(context.headSha)}/${path}${lines}`;
}

/** Address of a commit. */
export function commitUrl(context: ReportContext, sha: string): string | undefined {
  const root = webAddress(context.repositoryUrl);
  return root === undefined ? undefined : `${root}/commit/${encodeURIComponent(sha)}`;
}

/** The address without a slash at its end when it is http or https; undefined otherwise (SEC-89). */
export function webAddress(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\/[^\s<>"'`\\]+$/i.test(url) ? url.replace(/\/+$/, '') : undefined;
}

/** The first characters of a commit id or digest, as people quote it. */
export function short(id: string, characters = 7): string {
  return id.replace(/^sha256:/, '').slice(0, characters);
}

import type { Finding } from '../core/document/finding.ts';
import { decodeText } from '../core/document/text.ts';
import { isShellFile, loadRepository, type RepositoryText } from '../core/resources/load.ts';
import { viewOf, type LoadedView, type ViewContext } from '../core/resources/view.ts';
import type { RepositoryFile } from '../ports/repository.ts';

/** One revision of a repository: what its files say, render to and reach. */
export interface Revision {
  readonly view: LoadedView;
  readonly files: number;
}

const PROBLEMS: Readonly<Record<NonNullable<RepositoryFile['problem']>, string>> = {
  symlink: 'This is a symbolic link. Collie does not follow links: what it points at is not read.',
  'too-large': 'This file is too large to be read.',
  submodule: 'This is a submodule; its files are not read.',
  special: 'This is a pipe, a socket or a device, not a file; it is not read.',
  unreadable: 'This file cannot be read',
  'unreadable-folder': 'This folder cannot be read, so nothing is known of the files in it',
};

/** What may hide something of ours that somebody meant to be read. */
const SEVERE: ReadonlySet<RepositoryFile['problem']> = new Set(['too-large', 'special', 'unreadable']);

/** A file that was listed but not read, as a finding on its first character. */
function problemFinding(file: RepositoryFile, problem: NonNullable<RepositoryFile['problem']>): Finding {
  const severity = SEVERE.has(problem) ? 'error' : 'warning';
  const reason = file.reason === undefined ? '' : `: ${file.reason}.`;
  const size = problem === 'too-large' ? ` It has ${(file.size / 1_048_576).toFixed(1)} MB.` : '';
  return {
    rule: 'CFG-001',
    severity,
    message: `${PROBLEMS[problem]}${reason}${size}`,
    at: { file: file.path, line: 1, column: 1, endLine: 1, endColumn: 1 },
  };
}

/**
 * Reads the files of one revision, renders every configuration in it and finds who gets it. Pure; never throws.
 * @param named paths a person named: what is broken in them is always told
 * @param like another revision, read with the same names, to take from what did not change
 */
export function readRevision(
  files: readonly RepositoryFile[],
  context: ViewContext,
  named: ReadonlySet<string> = new Set(),
  like?: Revision,
): Revision {
  const findings: Finding[] = [];
  const texts: RepositoryText[] = [];
  for (const file of files) {
    // Of scripts only those that can be read matter: most are none of ours.
    const isTold = !isShellFile(file.path);
    if (file.problem !== undefined && isTold) findings.push(problemFinding(file, file.problem));
    if (file.bytes === undefined) continue;
    const decoded = decodeText(file.path, file.bytes);
    if (isTold) findings.push(...decoded.findings);
    if (decoded.text !== undefined) texts.push({ path: file.path, text: decoded.text });
  }
  const options = { named, ...(like !== undefined && { like: like.view.repository }) };
  const view = viewOf(loadRepository(texts, options), context, like?.view);
  return { view: { ...view, findings: [...findings, ...view.findings] }, files: files.length };
}

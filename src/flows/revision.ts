import type { TypeCatalogue } from '../core/bindplane/types.ts';
import type { Finding } from '../core/document/finding.ts';
import { decodeText } from '../core/document/text.ts';
import { effectiveConfigs, typesOf, type RenderedConfiguration } from '../core/resources/effective.ts';
import { loadRepository, type LoadedRepository, type RepositoryText } from '../core/resources/load.ts';
import type { ResourceKey } from '../core/bindplane/resource.ts';
import type { RepositoryFile } from '../ports/repository.ts';

/** One revision of a repository: what its files say and the collector configs they render to. */
export interface Revision {
  readonly repository: LoadedRepository;
  /** Types to render with, the repository's own in front. */
  readonly types: TypeCatalogue;
  readonly rendered: ReadonlyMap<ResourceKey, RenderedConfiguration>;
  /** From reading files and types; those of rendering stand with each rendered configuration. */
  readonly findings: readonly Finding[];
  readonly files: number;
}

const PROBLEMS: Readonly<Record<NonNullable<RepositoryFile['problem']>, string>> = {
  symlink: 'This is a symbolic link. Collie does not follow links: what it points at is not read.',
  'too-large': 'This file is too large to be read.',
  submodule: 'This is a submodule; its files are not read.',
};

/** A file that was listed but not read, as a finding on its first character. */
function problemFinding(file: RepositoryFile, problem: NonNullable<RepositoryFile['problem']>): Finding {
  const severity = problem === 'too-large' ? 'error' : 'warning';
  const size = problem === 'too-large' ? ` It has ${(file.size / 1_048_576).toFixed(1)} MB.` : '';
  return {
    rule: 'CFG-001',
    severity,
    message: `${PROBLEMS[problem]}${size}`,
    at: { file: file.path, line: 1, column: 1, endLine: 1, endColumn: 1 },
  };
}

/**
 * Reads the files of one revision and renders every configuration in it. Pure; never throws.
 * @param named paths a person named: what is broken in them is always told
 */
export function readRevision(
  files: readonly RepositoryFile[],
  types: TypeCatalogue,
  named: ReadonlySet<string> = new Set(),
): Revision {
  const findings: Finding[] = [];
  const texts: RepositoryText[] = [];
  for (const file of files) {
    if (file.problem !== undefined) findings.push(problemFinding(file, file.problem));
    if (file.bytes === undefined) continue;
    const decoded = decodeText(file.path, file.bytes);
    findings.push(...decoded.findings);
    if (decoded.text !== undefined) texts.push({ path: file.path, text: decoded.text });
  }
  const repository = loadRepository(texts, { named });
  const own = typesOf(repository, types);
  return {
    repository,
    types: own.types,
    rendered: effectiveConfigs(repository, own.types),
    findings: [...findings, ...own.findings, ...repository.findings],
    files: files.length,
  };
}

import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../src/core/lint/index.ts';
import { RISKS } from '../../src/core/plan/risk/index.ts';

const TOP = join(import.meta.dirname, '..', '..');
const RULE_IDS: ReadonlySet<string> = new Set(RULES.map(({ id }) => id));
const RISK_TESTS = 'test/core/plan/risk';
const RISK_IDS: ReadonlySet<string> = new Set(RISKS.map(({ id }) => id));

/** What is wrong with one entry of `by` (`row.ts` says what it may be), in words; undefined where what it names is there. */
export function problemWith(entry: string): string | undefined {
  const [, what = entry, text] = /^([^:]+): (.+)$/.exec(entry) ?? [];
  if (what.startsWith('RSK-')) return riskProblem(what);
  if (!what.startsWith('test/')) return ruleProblem(what, text);
  if (text !== undefined) return textProblem(what, text);
  return folderProblem(what);
}

function riskProblem(id: string): string | undefined {
  if (!RISK_IDS.has(id)) return `there is no risk ${id}`;
  const files = readdirSync(join(TOP, RISK_TESTS)).filter((name) => name.endsWith('.test.ts'));
  return files.some((name) => contentOf(`${RISK_TESTS}/${name}`).includes(id))
    ? undefined
    : `no test of ${RISK_TESTS} has "${id}"`;
}

function ruleProblem(id: string, text: string | undefined): string | undefined {
  if (!RULE_IDS.has(id)) return `there is no rule ${id}`;
  return textProblem(`test/rules/${id}/bad/expected.txt`, text ?? id);
}

function folderProblem(path: string): string | undefined {
  if (!/^test\/cases\/[^/]+$/.test(path)) {
    return `${path}: say which words of the file, or name the folder of a case`;
  }
  return existsSync(join(TOP, path, 'expected')) ? undefined : `there is no case ${path}`;
}

function textProblem(path: string, text: string): string | undefined {
  if (!existsSync(join(TOP, path)) || !statSync(join(TOP, path)).isFile()) return `there is no file ${path}`;
  return contentOf(path).includes(text) ? undefined : `${path} has no "${text}"`;
}

const contents = new Map<string, string>();

function contentOf(path: string): string {
  const known = contents.get(path) ?? readFileSync(join(TOP, path), 'utf8');
  contents.set(path, known);
  return known;
}

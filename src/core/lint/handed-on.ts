import type { Finding } from '../document/finding.ts';
import { readingFindings } from './rule.ts';
import type { LintInput } from './rule.ts';

/** The check of a rule whose findings are made while files are read and collectors are rendered: it hands them on. */
export function handedOn(id: string): (input: LintInput) => readonly Finding[] {
  return (input) => readingFindings(input).filter(({ rule }) => rule === id);
}

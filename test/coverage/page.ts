import { readFileSync } from 'node:fs';
import { sharedPath } from '../support/shared.ts';

/** One line of the list of what must be covered. */
export interface Demand {
  readonly id: string;
  readonly thing: string;
  /** What has to be done with it. */
  readonly demand: string;
}

export interface Section {
  readonly title: string;
  readonly demands: readonly Demand[];
}

/** The list of what must be covered, by section; undefined, with a printed skip, where the shared data is not there. */
export function readSections(): readonly Section[] | undefined {
  const path = sharedPath('reference', 'coverage.md');
  if (path === undefined) return undefined;
  const [, ...parts] = readFileSync(path, 'utf8').split(/^## /m);
  return parts.map((part) => ({
    title: part.slice(0, part.indexOf('\n')).replace(/^S\d{3} /, ''),
    demands: part.split('\n').flatMap(demandOf),
  }));
}

/** A row of a table: the id first, then perhaps where it stands, the thing, and the demand. */
function demandOf(line: string): readonly Demand[] {
  if (!/^\| S\d{3}-\d+ \|/.test(line)) return [];
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll(String.raw`\|`, '|'));
  const [id = '', ...rest] = cells.slice(1, -1);
  return [{ id, thing: rest.at(-2) ?? '', demand: rest.at(-1) ?? '' }];
}

import type { History, Relation } from '../../../app/handovers/way.ts';

/**
 * A history by hand: each commit with its parents, the first of them first. `main` is the newest commit of the branch; whatever is not listed does
 * not exist.
 */
export class HandHistory implements History {
  readonly parents: Map<string, readonly string[]>;
  main: string;

  constructor(parents: Readonly<Record<string, readonly string[]>>, main: string) {
    this.parents = new Map(Object.entries(parents));
    this.main = main;
  }

  /** `a`, `b`, `c` … one after the other. */
  static line(...commits: readonly string[]): HandHistory {
    const parents = commits.map(
      (commit, index) => [commit, commits.slice(Math.max(0, index - 1), index)] as const,
    );
    return new HandHistory(Object.fromEntries(parents), commits.at(-1) ?? '');
  }

  async relation(commit: string, other: string): Promise<Relation> {
    const against = other === 'main' ? this.main : other;
    if (!this.parents.has(commit) || !this.parents.has(against)) return 'apart';
    if (commit === against) return 'same';
    if (this.#ancestors(commit).has(against)) return 'after';
    return this.#ancestors(against).has(commit) ? 'before' : 'apart';
  }

  async parent(commit: string): Promise<string | undefined> {
    return this.parents.get(commit)?.[0];
  }

  #ancestors(commit: string): Set<string> {
    const found = new Set<string>();
    const open = [...(this.parents.get(commit) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(...(this.parents.get(next) ?? []));
    }
    return found;
  }
}

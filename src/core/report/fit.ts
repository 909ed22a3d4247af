import { byteLength } from './untrusted.ts';

/** A report that keeps its budget, and what had to go for it, in words. */
export interface Fitted {
  readonly body: string;
  readonly cuts: readonly string[];
}

/** One rung of the ladder of shedding: what goes, in words, and the drawing without it. */
export interface Rung<Detail> {
  readonly cut: string;
  readonly apply: (detail: Detail) => Detail;
}

/**
 * Draws with less and less detail, in the fixed order of `rungs`, until the text keeps `budgetBytes`. A rung that changes
 * nothing is not spoken of. What does not fit even then (budgets of a few hundred bytes) is one sentence that says so.
 */
export function fit<Detail>(
  budgetBytes: number,
  full: Detail,
  rungs: readonly Rung<Detail>[],
  draw: (detail: Detail, cuts: readonly string[]) => string,
): Fitted {
  let detail = full;
  let cuts: readonly string[] = [];
  let body = draw(detail, cuts);
  for (const rung of rungs) {
    if (byteLength(body) <= budgetBytes) return { body, cuts };
    const next = rung.apply(detail);
    if (draw(next, cuts).length < body.length) {
      detail = next;
      cuts = [...cuts, rung.cut];
      body = draw(detail, cuts);
    }
  }
  if (byteLength(body) <= budgetBytes) return { body, cuts };
  const marker = body.slice(0, body.indexOf('\n') + 1);
  const note = `\nThis report does not fit into ${budgetBytes} bytes.\n`;
  return { body: marker.startsWith('<!--') ? marker + note : note.trimStart(), cuts };
}

import { byteLength } from './untrusted.ts';

/** A report that keeps its budget, and what had to go for it, in words. */
export interface Fitted {
  readonly body: string;
  readonly cuts: readonly string[];
}

/** The same with the detail it was drawn with. */
export interface FittedDrawing<Detail> extends Fitted {
  readonly detail: Detail;
}

/** One rung of the ladder of shedding: what goes, in words, and the drawing without it. */
export interface Rung<Detail> {
  readonly cut: string;
  /** What it takes from, where others take from the same: the text then tells of the last one alone. */
  readonly of?: string;
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
): FittedDrawing<Detail> {
  let detail = full;
  let taken: readonly Rung<Detail>[] = [];
  const cuts = (): readonly string[] => taken.map(({ cut }) => cut);
  let body = draw(detail, []);
  for (const rung of rungs) {
    if (byteLength(body) <= budgetBytes) return { body, cuts: cuts(), detail };
    const next = rung.apply(detail);
    if (draw(next, told(taken)).length < body.length) {
      detail = next;
      taken = [...taken, rung];
      body = draw(detail, told(taken));
    }
  }
  if (byteLength(body) <= budgetBytes) return { body, cuts: cuts(), detail };
  const marker = body.slice(0, body.indexOf('\n') + 1);
  const note = `\nThis report does not fit into ${budgetBytes} bytes.\n`;
  return { body: marker.startsWith('<!--') ? marker + note : note.trimStart(), cuts: cuts(), detail };
}

/** What went, in words: of several rungs that take from the same, the last says it all. */
function told<Detail>(taken: readonly Rung<Detail>[]): readonly string[] {
  const last = new Map(taken.map((rung) => [rung.of ?? rung.cut, rung.cut]));
  return [...last.values()];
}

import type { RootContent } from 'mdast';
import type { CommentContext } from '../core/report/comment-context.ts';
import { createProse, details, heading, line, list, markdown, paragraph } from '../core/report/markdown.ts';
import { marker, type MarkerSubject } from '../core/report/marker.ts';
import { planDifferenceBlocks } from '../core/report/plan-difference.ts';
import { planRedactor } from '../core/report/plan-redactor.ts';
import { createRedactor, type Redactor } from '../core/report/redact.ts';
import { visibleBlock } from '../core/report/untrusted.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { GateDifference } from './gate-zero.ts';
import type { Stale } from './reviewed-again.ts';
import type { Stop } from './reviewed-check.ts';
import type { ToldOutcome } from './steps.ts';

/** Lines of a diff that are shown; the job has the rest. */
const DIFF_LINES = 80;
/** Lines of a whole text that are shown. */
const TEXT_LINES = 300;

const ICONS = { done: '✅', unchanged: '⚪', external: '✋', failed: '🔴', skipped: '⏭️' } as const;

/** What the comment about a stopped apply is found by: one a pull request. */
export function stopSubject(context: CommentContext): MarkerSubject {
  const { repository, pullRequest, headSha } = context;
  return {
    kind: 'rollout',
    key: 'apply-stopped',
    ...(repository === undefined ? {} : { repository }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
    ...(headSha === undefined ? {} : { headSha }),
  };
}

function fenced(lang: string, lines: readonly string[], limit: number, redactor: Redactor): RootContent {
  const shown = lines.slice(0, limit);
  const more = lines.length - shown.length;
  const value = [
    ...shown.map((text) => visibleBlock(redactor.text(text))),
    ...(more > 0 ? [`… ${more} more lines`] : []),
  ];
  return { type: 'code', lang, value: value.join('\n') };
}

/** Steps and how each ended, as a Markdown list. */
function outcomeBlocks(outcomes: readonly ToldOutcome[], redactor: Redactor): readonly RootContent[] {
  if (outcomes.length === 0) return [];
  const prose = createProse(redactor);
  return [
    heading(3, 'What was done'),
    list(
      outcomes.map(({ step, state, text }) => [
        paragraph(line(`${ICONS[state]} `, prose.message(step.text), ': ', prose.message(text))),
      ]),
      true,
    ),
  ];
}

/** The same as text for a job summary. */
export function outcomeSummary(outcomes: readonly ToldOutcome[], redactor: Redactor): string {
  return markdown(outcomeBlocks(outcomes, redactor));
}

/** The comment for an apply that was not begun. */
export function stoppedComment(stop: Stop, plan: Plan, context: CommentContext, stale?: Stale): string {
  return `${marker(stopSubject(context))}\n${stoppedSummary(stop, plan, context, stale)}`;
}

/** The same as text for a job summary. */
export function stoppedSummary(
  stop: Pick<Stop, 'sentence' | 'causes'>,
  plan: Plan,
  context: CommentContext,
  stale?: Stale,
): string {
  const redactor = planRedactor(plan, context.redaction);
  const prose = createProse(redactor);
  const changed = plan.changes.filter(({ action }) => action !== 'unchanged');
  const shown = changed.slice(0, 50);
  const more = changed.length - shown.length;
  return markdown([
    heading(3, '🔴 Not applied'),
    paragraph(prose.message(stop.sentence)),
    ...(stop.causes.length === 0
      ? []
      : [
          list(
            stop.causes.map((cause) => [paragraph(prose.message(cause))]),
            false,
          ),
        ]),
    ...(stale === undefined ? [] : [paragraph(prose.message(stale.note))]),
    ...(stale?.difference === undefined ? [] : planDifferenceBlocks(stale.difference, prose, redactor)),
    ...(changed.length === 0
      ? []
      : details(
          `What it would have changed (${changed.length})`,
          [
            list(
              [
                ...shown.map(({ action, key }) => [paragraph(line(`${action} `, prose.code(key)))]),
                ...(more > 0 ? [[paragraph(`${more} more`)]] : []),
              ],
              false,
            ),
          ],
          false,
        )),
  ]);
}

/** The comment for a gate that stayed shut: what was reviewed, and what the server makes of it. */
export function gateComment(differences: readonly GateDifference[], context: CommentContext): string {
  const redactor = createRedactor(context.redaction);
  const prose = createProse(redactor);
  const parts = differences.flatMap(({ name, reviewed, server, diff }): RootContent[] => {
    const changed = diff.hunks.flatMap(({ lines }) => lines);
    return [
      paragraph(
        line(prose.code(name), server === undefined ? ' is not on the server' : ' (− reviewed, + server)'),
      ),
      ...(changed.length === 0 ? [] : [fenced('diff', changed, DIFF_LINES, redactor)]),
      ...details('As reviewed', [fenced('yaml', reviewed.split('\n'), TEXT_LINES, redactor)], false),
      ...(server === undefined
        ? []
        : details(
            'As the server renders it',
            [fenced('yaml', server.split('\n'), TEXT_LINES, redactor)],
            false,
          )),
    ];
  });
  return `${marker(stopSubject(context))}\n${markdown([
    heading(3, '🔴 Applied, not rolled out'),
    paragraph(
      'The server renders something else than what was reviewed. No rollout was started, no agent gets it.',
    ),
    ...parts,
  ])}`;
}

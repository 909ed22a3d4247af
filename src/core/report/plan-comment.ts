import type { PhrasingContent, RootContent } from 'mdast';
import { LIMITS } from '../document/limits.ts';
import type { Plan } from '../plan/plan.ts';
import { connections } from './connections.ts';
import { applyOrder } from './apply-order.ts';
import type { CommentContext } from './comment-context.ts';
import type { DiffGroup } from './config-diff.ts';
import { diffGroups, drawnDiff, namesOf } from './config-diff.ts';
import { cautionLines, findingLine, inlineOf, nameList } from './finding-markdown.ts';
import { webAddress } from './links.ts';
import { fit, type Fitted, type Rung } from './fit.ts';
import type { Prose } from './markdown.ts';
import {
  alert,
  createProse,
  details,
  emphasis,
  heading,
  line,
  link,
  list,
  markdown,
  paragraph,
  join,
} from './markdown.ts';
import type { MarkerSubject } from './marker.ts';
import { marker } from './marker.ts';
import { planFooter } from './plan-footer.ts';
import type { FindingGroup, PlanRow } from './plan-facts.ts';
import { planTable } from './plan-table.ts';
import { findingGroups, planRows } from './plan-facts.ts';
import { ICONS, plural, reachText, verdictOf } from './verdict.ts';
import { planRedactor } from './plan-redactor.ts';
import { restartBlocks, riskBlocks } from './plan-risk.ts';
import { policyBlocks } from './policy-text.ts';

/** How much is drawn; the ladder of shedding takes from it. */
export interface PlanDetail {
  readonly notices: boolean;
  readonly names: number;
  readonly context: boolean;
  readonly diffLines: number;
  readonly diffs: number;
  readonly findings: number;
  readonly steps: number;
  readonly picture: boolean;
  readonly rows: number;
  readonly reasons: number;
  readonly restart: boolean;
  readonly caution: boolean;
}

const FULL: PlanDetail = {
  notices: true,
  names: 2 * LIMITS.report.names,
  context: true,
  diffLines: LIMITS.report.diffLines,
  diffs: LIMITS.report.diffs,
  findings: LIMITS.report.findings,
  steps: LIMITS.report.steps,
  picture: true,
  rows: LIMITS.report.rows,
  reasons: LIMITS.report.reasons,
  restart: true,
  caution: true,
};

/** What goes first when the budget is short: what is least needed to decide. Verdict, worst finding and footer stay. */
const LADDER: readonly Rung<PlanDetail>[] = [
  { cut: 'notices', apply: (detail) => ({ ...detail, notices: false }) },
  { cut: 'what the restart loses', apply: (detail) => ({ ...detail, restart: false }) },
  { cut: 'the picture of connections', apply: (detail) => ({ ...detail, picture: false }) },
  { cut: 'names of configurations with the same change', apply: (detail) => ({ ...detail, names: 3 }) },
  { cut: 'unchanged lines around changes', of: 'diffs', apply: (detail) => ({ ...detail, context: false }) },
  { cut: 'diffs after 80 lines', of: 'diffs', apply: (detail) => ({ ...detail, diffLines: 80 }) },
  { cut: 'diffs after 20 lines', of: 'diffs', apply: (detail) => ({ ...detail, diffLines: 20 }) },
  { cut: 'diffs of all but 10 configurations', apply: (detail) => ({ ...detail, diffs: 10 }) },
  { cut: 'all but 10 findings', of: 'findings', apply: (detail) => ({ ...detail, findings: 10 }) },
  { cut: 'all but 10 steps of the apply order', of: 'steps', apply: (detail) => ({ ...detail, steps: 10 }) },
  { cut: 'all diffs', of: 'diffs', apply: (detail) => ({ ...detail, diffs: 0 }) },
  { cut: 'all but 20 resources', of: 'rows', apply: (detail) => ({ ...detail, rows: 20 }) },
  { cut: 'the apply order', of: 'steps', apply: (detail) => ({ ...detail, steps: 0 }) },
  { cut: 'all but 3 findings', of: 'findings', apply: (detail) => ({ ...detail, findings: 3 }) },
  { cut: 'all but 5 resources', of: 'rows', apply: (detail) => ({ ...detail, rows: 5 }) },
  {
    cut: 'everything but the verdict and the worst finding',
    apply: (detail) => ({ ...detail, findings: 0, steps: 0, rows: 0, names: 1, reasons: 0 }),
  },
  { cut: 'the worst finding', apply: (detail) => ({ ...detail, caution: false }) },
];

interface Drawing {
  readonly plan: Plan;
  readonly context: CommentContext;
  readonly prose: Prose;
  readonly groups: readonly FindingGroup[];
  readonly rows: readonly PlanRow[];
  readonly diffs: readonly DiffGroup[];
}

/** What the comment of this pull request is found by; see `markerPrefix` and `hasMarker`. */
export function planSubject(context: CommentContext): MarkerSubject {
  const { key, repository, pullRequest, headSha } = context;
  return {
    kind: 'plan',
    ...(key !== undefined && { key }),
    ...(repository !== undefined && { repository }),
    ...(pullRequest !== undefined && { pullRequest }),
    ...(headSha !== undefined && { headSha }),
  };
}

/**
 * The comment of a plan: verdict and reach, the worst finding, one row a resource, effective config diffs, apply order,
 * other findings, small print (reference/pr-automation.md §2i). Keeps `budgetBytes`; `cuts` says what had to go, and so does
 * the text. The first line is the hidden marker.
 */
export function planComment(plan: Plan, context: CommentContext): Fitted {
  return drawPlan(plan, context, `${marker(planSubject(context), context.sign)}\n`, context.budgetBytes);
}

/** The plan as it was drawn. */
export interface DrawnPlan extends Fitted {
  /** What `body` says after its first line, as a tree: for pages, which would have to read the Markdown again. */
  readonly nodes: () => readonly RootContent[];
}

/** The same text with another first line, for other surfaces (job summary, check run). */
export function drawPlan(
  plan: Plan,
  context: CommentContext,
  firstLine: string,
  budgetBytes: number = LIMITS.report.commentBytes,
): DrawnPlan {
  const redactor = planRedactor(plan, context.redaction);
  const groups = findingGroups(plan);
  const drawing: Drawing = {
    plan,
    context,
    prose: createProse(redactor),
    groups,
    rows: planRows(plan),
    diffs: diffGroups(
      plan.configurations,
      groups.map(({ finding }) => finding),
      redactor,
    ),
  };
  const { body, cuts, detail } = fit(
    budgetBytes,
    FULL,
    LADDER,
    (one, left) => firstLine + markdown(blocks(drawing, one, left)),
  );
  return { body, cuts, nodes: () => blocks(drawing, detail, cuts) };
}

function blocks(drawing: Drawing, detail: PlanDetail, cuts: readonly string[]): RootContent[] {
  const { plan, context, prose, groups } = drawing;
  const verdict = verdictOf(plan);
  const [worst] = groups;
  const shown = worst !== undefined && worst.finding.severity !== 'notice' && detail.caution;
  return [
    heading(
      3,
      `${ICONS[verdict.level]} `,
      inlineOf(verdict.pieces, prose),
      filesText(verdict.level, context),
    ),
    ...(shown
      ? [
          alert(
            worst.finding.severity === 'error' ? 'CAUTION' : 'WARNING',
            cautionLines(worst, context, prose),
          ),
        ]
      : []),
    ...(verdict.level === 'grey' ? [paragraph(quietText(plan))] : []),
    ...riskBlocks(plan, context, prose, detail.reasons),
    ...planTable(drawing.rows, prose, detail),
    ...policyBlocks(plan, context, prose, detail.rows),
    ...configDiffs(drawing, detail),
    ...(detail.picture ? connections(plan.topology, prose) : []),
    ...(detail.restart ? restartBlocks(plan, prose) : []),
    ...applyOrder(plan, detail.steps, prose, context),
    ...otherFindings(drawing, detail, shown ? 1 : 0),
    ...(cuts.length > 0 ? [cutsParagraph(cuts, context)] : []),
    planFooter(plan, context, prose),
  ];
}

function filesText(level: string, { changedFiles }: CommentContext): string {
  return level === 'grey' && changedFiles !== undefined ? ` · ${plural(changedFiles, 'file')} changed` : '';
}

function quietText(plan: Plan): string {
  const count = plan.configurations.length;
  const changed = plan.configurations.some(
    ({ diff }) => diff.added + diff.removed > 0 || diff.rewritten === true,
  );
  if (changed || count === 0) return 'Nothing will be rolled out.';
  const same = count === 1 ? 'The effective config is' : `The ${count} effective configs are`;
  return `${same} byte for byte the same. Nothing will be rolled out.`;
}

function configDiffs({ diffs, prose, context }: Drawing, detail: PlanDetail): RootContent[] {
  const shown = diffs.slice(0, detail.diffs);
  const more = diffs.slice(detail.diffs);
  const rest =
    more.length === 0
      ? []
      : [
          paragraph(
            detail.diffs === 0 ? 'Effective configs that change: ' : 'Effective configs that change too: ',
            nameList(more.flatMap(namesOf), prose, 2 * detail.names),
          ),
        ];
  return [...shown.flatMap((group) => configDiff(group, prose, context, detail)), ...rest];
}

function configDiff(
  group: DiffGroup,
  prose: Prose,
  context: CommentContext,
  detail: PlanDetail,
): RootContent[] {
  const names = namesOf(group);
  const [name = ''] = names;
  const title =
    names.length === 1
      ? `<b>${prose.html(name)}</b>`
      : `<b>same change in ${names.length} configurations</b>`;
  const same = group.configurations.every(({ reworded }) => reworded !== undefined);
  const summary = `${title} · effective collector config +${group.added} −${group.removed} · ${reachText(group.configurations)}${same ? ' · no behaviour change' : ''}`;
  const listed = names.length === 1 ? [] : [paragraph(nameList(names, prose, detail.names))];
  const body = group.rewritten
    ? paragraph('Too different to be shown line by line', ...fullPlan(context), '.')
    : prose.diff(drawnDiff(group, { context: detail.context, lines: detail.diffLines }));
  const open = !group.rewritten && group.added + group.removed <= LIMITS.report.openDiffLines;
  return details(summary, [...listed, body], open);
}

function fullPlan({ fullPlanUrl }: CommentContext): (string | PhrasingContent[])[] {
  const url = webAddress(fullPlanUrl);
  return url === undefined ? [] : ['; see the ', link(url, 'full plan')];
}

function otherFindings({ groups, context, prose }: Drawing, detail: PlanDetail, told: number): RootContent[] {
  const rest = groups.slice(told);
  const serious = rest.filter(({ finding }) => finding.severity !== 'notice');
  const notices = rest.filter(({ finding }) => finding.severity === 'notice');
  const lines = (of: readonly FindingGroup[]): RootContent[] => {
    const { drawn, more } = fewOfEachRule(of);
    const shown = drawn.slice(0, detail.findings);
    const rest = drawn.length - shown.length;
    const beyond = rest > 0 ? [['finding', of.length - shown.length] as const] : [...more];
    return [
      ...(shown.length > 0
        ? [
            list(
              shown.map((group) => [paragraph(findingLine(group, context, prose))]),
              false,
            ),
          ]
        : []),
      ...(beyond.length > 0
        ? [
            paragraph(
              'and ',
              join(
                beyond.map(([rule, count]) =>
                  rule === 'finding'
                    ? line(plural(count, 'more finding'))
                    : line(`${count} more of `, prose.code(rule)),
                ),
                ', ',
              ),
            ),
          ]
        : []),
    ];
  };
  return [
    ...lines(serious),
    ...(notices.length > 0 && detail.notices && detail.findings > 0
      ? details(plural(notices.length, 'notice'), lines(notices), false)
      : []),
  ];
}

/** The first findings of each rule, and how many more there are: the hundredth of one kind says nothing new. */
function fewOfEachRule(groups: readonly FindingGroup[]): {
  readonly drawn: readonly FindingGroup[];
  readonly more: ReadonlyMap<string, number>;
} {
  const counts = new Map<string, number>();
  const drawn = groups.filter(({ finding: { rule } }) => {
    const count = (counts.get(rule) ?? 0) + 1;
    counts.set(rule, count);
    return count <= LIMITS.report.findingsOfRule;
  });
  const more = [...counts].flatMap(([rule, count]): [string, number][] =>
    count > LIMITS.report.findingsOfRule ? [[rule, count - LIMITS.report.findingsOfRule]] : [],
  );
  return { drawn, more: new Map(more) };
}

function cutsParagraph(cuts: readonly string[], { fullPlanUrl }: CommentContext): RootContent {
  const url = webAddress(fullPlanUrl);
  return paragraph(
    emphasis(`✂ Left out to fit: ${cuts.join(', ')}.`),
    url === undefined ? '' : line(' Whole: ', link(url, 'full plan')),
  );
}

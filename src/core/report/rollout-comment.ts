import type { PhrasingContent, RootContent } from 'mdast';
import type { Finding } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import type { AgentErrorGroup, RolloutView, WaveView } from '../rollout/view.ts';
import type { CommentContext } from './comment-context.ts';
import { agentsByVersion, fixes, inlineOf, placeLink } from './finding-markdown.ts';
import { commitUrl, short, webAddress } from './links.ts';
import { fit, type Fitted, type Rung } from './fit.ts';
import type { Prose } from './markdown.ts';
import {
  createProse,
  details,
  emphasis,
  heading,
  html,
  join,
  line,
  link,
  list,
  markdown,
  paragraph,
  strong,
  table,
} from './markdown.ts';
import type { MarkerSubject } from './marker.ts';
import { marker } from './marker.ts';
import { plural } from './verdict.ts';
import { createRedactor } from './redact.ts';
import {
  clockTime,
  fleetSentence,
  gatesText,
  reasonText,
  rolloutPieces,
  stateWords,
} from './rollout-facts.ts';

/** Where the comment is read; `headSha` is the commit that was applied. */
export interface RolloutCommentContext extends CommentContext {
  /** Address of a pull request that takes the change back, or of the page that makes one. */
  readonly revert?: { readonly url: string; readonly pullRequest?: number };
  /** What the plan had said before the merge. */
  readonly predicted?: readonly Finding[];
}

interface RolloutDetail {
  readonly timeline: number;
  readonly waves: number;
  readonly groups: number;
  readonly words: boolean;
}

const FULL: RolloutDetail = {
  timeline: LIMITS.report.timeline,
  waves: LIMITS.report.rows,
  groups: LIMITS.report.errorGroups,
  words: true,
};

const LADDER: readonly Rung<RolloutDetail>[] = [
  {
    cut: 'all but 10 events of the timeline',
    of: 'timeline',
    apply: (detail) => ({ ...detail, timeline: 10 }),
  },
  { cut: 'the timeline', of: 'timeline', apply: (detail) => ({ ...detail, timeline: 0 }) },
  { cut: 'all but 5 different errors', of: 'errors', apply: (detail) => ({ ...detail, groups: 5 }) },
  { cut: 'all but 10 waves', of: 'waves', apply: (detail) => ({ ...detail, waves: 10 }) },
  { cut: 'all but one error', of: 'errors', apply: (detail) => ({ ...detail, groups: 1 }) },
  { cut: 'the waves', of: 'waves', apply: (detail) => ({ ...detail, waves: 0 }) },
  { cut: "the agents' words", apply: (detail) => ({ ...detail, words: false, groups: 0 }) },
];

/** What the comment of this rollout is found by: one a configuration and pull request. */
export function rolloutSubject(view: RolloutView, context: CommentContext): MarkerSubject {
  const { key, repository, pullRequest, headSha } = context;
  return {
    kind: 'rollout',
    key: key === undefined ? view.configuration : `${key}/${view.configuration}`,
    ...(repository !== undefined && { repository }),
    ...(pullRequest !== undefined && { pullRequest }),
    ...(headSha !== undefined && { headSha }),
  };
}

/**
 * The comment of a rollout: state and reach, the agents' own words with their cause, waves, what git says against what the
 * fleet runs, timeline. For rollouts of our engine and of a BindPlane server alike. The first line is the hidden marker.
 */
export function rolloutComment(view: RolloutView, context: RolloutCommentContext): Fitted {
  const first = `${marker(rolloutSubject(view, context), context.sign)}\n`;
  return drawRollout(view, context, first, context.budgetBytes);
}

/** The same text with another first line, for other surfaces. */
export function drawRollout(
  view: RolloutView,
  context: RolloutCommentContext,
  firstLine: string,
  budgetBytes: number = LIMITS.report.commentBytes,
): Fitted {
  const prose = createProse(createRedactor(context.redaction));
  return fit(
    budgetBytes,
    FULL,
    LADDER,
    (detail, cuts) => firstLine + markdown(blocks(view, context, prose, detail, cuts)),
  );
}

function blocks(
  view: RolloutView,
  context: RolloutCommentContext,
  prose: Prose,
  detail: RolloutDetail,
  cuts: readonly string[],
): RootContent[] {
  const sentence = sentenceBlocks(view, context);
  return [
    heading(3, `${stateWords(view.state).icon} `, inlineOf(rolloutPieces(view), prose)),
    ...reasonBlock(view, prose),
    ...errorBlocks(view, context, prose, detail),
    ...waveTable(view, prose, detail),
    ...undoBlocks(view, prose),
    ...(sentence.length > 0 ? [paragraph(sentence)] : []),
    ...hint(view, context, prose),
    ...gateBlocks(view, prose),
    ...timeline(view, prose, detail),
    ...(cuts.length > 0 ? [paragraph(emphasis(`✂ Left out to fit: ${cuts.join(', ')}.`))] : []),
    ...footer(context, prose),
  ];
}

function reasonBlock(view: RolloutView, prose: Prose): RootContent[] {
  const told = reasonText(view);
  return told === undefined ? [] : [paragraph(strong(`${told.word}:`), ' ', prose.message(told.reason), '.')];
}

/** What an undo could not do, and whom it did not reach. */
function undoBlocks({ undo, toVersion, state }: RolloutView, prose: Prose): RootContent[] {
  if (undo === undefined || state === 'rolling-back') return [];
  const { obstacle, missing } = undo;
  if (obstacle !== undefined) return [paragraph(strong('Not undone:'), ' ', prose.message(obstacle), '.')];
  if (missing.length === 0) return [];
  const names = join(
    missing.slice(0, LIMITS.report.names).map((name) => [prose.code(name)]),
    ', ',
  );
  const more = missing.length - LIMITS.report.names;
  const rest = more > 0 ? ` and ${more} more` : '';
  const may = `${missing.length === 1 ? 'it' : 'they'} may run version ${toVersion}.`;
  return [paragraph(strong('Not confirmed'), ' by ', names, `${rest}: ${may}`)];
}

const VERDICTS = { pass: '🟢', fail: '🔴', inconclusive: '🟡' } as const;

/** What it was held to, and what nobody could look at: a pass of few gates is not one of all. */
function gateBlocks({ gates }: RolloutView, prose: Prose): RootContent[] {
  if (gates === undefined) return [];
  const ran = gates.ran.map(({ title, verdict, evidence }) => [
    paragraph(`${VERDICTS[verdict]} `, prose.text(title), ': ', prose.message(evidence)),
  ]);
  const missing = gates.missing.map(({ titles, why }) => [
    paragraph('⚪ ', prose.text(titles.join(', ')), ': ', prose.message(why)),
  ]);
  return details(gatesText(gates), [list([...ran, ...missing], false)], false);
}

function errorBlocks(
  { errors }: RolloutView,
  context: RolloutCommentContext,
  prose: Prose,
  { groups, words }: RolloutDetail,
): RootContent[] {
  const shown = errors.slice(0, groups);
  const rest = errors.slice(groups);
  const agents = rest.reduce((total, group) => total + group.agents.length, 0);
  const more =
    rest.length === 0
      ? []
      : [
          paragraph(
            `${plural(agents, 'agent')} more with ${plural(rest.length, 'other error')}, not shown here.`,
          ),
        ];
  return [...shown.flatMap((group) => errorBlock(group, context, prose, words)), ...more];
}

function errorBlock(
  group: AgentErrorGroup,
  context: RolloutCommentContext,
  prose: Prose,
  words: boolean,
): RootContent[] {
  const { agents, message, findings } = group;
  const [first, ...others] = agents;
  const who =
    first === undefined
      ? line('An agent')
      : agentsByVersion([{ name: first.name, version: noted(first.version, first.note) }], prose);
  const same =
    others.length === 0
      ? []
      : [
          paragraph(
            `${plural(others.length, 'more agent')} ${others.length === 1 ? 'reports' : 'report'} the same: `,
            agentsByVersion(
              others
                .slice(0, 4 * LIMITS.report.names)
                .map(({ name, version, note }) => ({ name, version: noted(version, note) })),
              prose,
            ),
            others.length > 4 * LIMITS.report.names ? ' …' : '',
          ),
        ];
  const cause = causeLine(findings, context, prose);
  return [
    paragraph(strong(who, ' refused the config:')),
    ...(words ? [prose.fence('text', message)] : []),
    ...same,
    ...(cause.length > 0 ? [paragraph(cause)] : []),
  ];
}

function noted(version: string, note: string | undefined): string {
  return [version, note ?? ''].filter((part) => part !== '').join(', ');
}

function causeLine(
  findings: readonly Finding[],
  context: RolloutCommentContext,
  prose: Prose,
): PhrasingContent[] {
  const placed = findings.filter(({ at }) => at !== undefined).slice(0, LIMITS.report.names);
  const [first] = placed;
  if (first === undefined) return line('No line of this repository is known for it.');
  const places = join(
    placed.map(({ at }) => (at === undefined ? [] : placeLink(at, context, prose))),
    ', ',
  );
  const said = (context.predicted ?? []).filter(
    ({ at, severity }) =>
      severity !== 'notice' && placed.some((one) => one.at?.file === at?.file && one.at?.line === at?.line),
  );
  const fix = fixes(first, context, prose);
  return line(
    first.certainty === undefined || first.certainty === 'exact' ? 'Caused by ' : 'Probably caused by ',
    places,
    said[0] === undefined ? '' : line(' · the plan had said so (', prose.code(said[0].rule), ')'),
    fix.length === 0 ? '' : line(' · fix: ', fix),
  );
}

function waveTable({ waves, engine }: RolloutView, prose: Prose, detail: RolloutDetail): RootContent[] {
  const shown = waves.slice(0, detail.waves);
  if (shown.length === 0) return [];
  const restores = engine === 'collie';
  const head = ['Wave', 'Agents', 'Applied', 'Refused', ...(restores ? ['Restored'] : []), ''];
  const more = waves.length - shown.length;
  return [
    table(
      head,
      shown.map((wave) => waveCells(wave, restores, prose)),
    ),
    ...(more > 0 ? [paragraph(`and ${plural(more, 'more wave')}`)] : []),
  ];
}

function waveCells(wave: WaveView, restores: boolean, prose: Prose): PhrasingContent[][] {
  const { name, agents, applied, refused, restored, pending, note } = wave;
  const touched = applied + refused + restored > 0 || pending < agents;
  const count = (value: number): PhrasingContent[] => line(touched ? String(value) : '');
  const icon = refused > 0 ? '🔴' : applied === agents && agents > 0 ? '🟢' : '';
  return [
    prose.text(name),
    line(String(agents)),
    count(applied),
    count(refused),
    ...(restores ? [count(restored)] : []),
    join([line(icon), prose.text(note)], ' '),
  ];
}

function sentenceBlocks(view: RolloutView, context: RolloutCommentContext): PhrasingContent[] {
  const sentence = fleetSentence(view);
  if (!sentence.endsWith(': ')) return line(sentence);
  const url = webAddress(context.revert?.url);
  const number = context.revert?.pullRequest;
  const words = number === undefined ? 'revert it' : `revert it (#${number})`;
  return line(sentence, link(url, words), ', or push a fix and merge.');
}

function hint(
  { state, engine, configuration }: RolloutView,
  { commands }: CommentContext,
  prose: Prose,
): RootContent[] {
  if (state !== 'paused') return [];
  // The app steers its own engine; a BindPlane server is steered from where one has its credentials.
  if (engine === 'bindplane') {
    const command = (verb: string): PhrasingContent => prose.code(`collie rollout ${verb} ${configuration}`);
    return [paragraph('Go on with ', command('resume'), ', or undo it with ', command('rollback'), '.')];
  }
  if (commands !== true) return [];
  return [
    paragraph(
      'Go on with ',
      prose.code('/collie resume'),
      ', or undo it with ',
      prose.code('/collie abort'),
      '.',
    ),
  ];
}

function timeline({ timeline: events }: RolloutView, prose: Prose, detail: RolloutDetail): RootContent[] {
  if (events.length === 0 || detail.timeline === 0) return [];
  const shown = events.slice(-detail.timeline);
  const earlier = events.length - shown.length;
  const entries = shown.map(({ at, text }) => line(prose.code(clockTime(at)), ' ', prose.message(text)));
  return details(
    'Timeline',
    [paragraph(earlier > 0 ? `${plural(earlier, 'earlier event')} · ` : '', join(entries, ' · '))],
    false,
  );
}

function footer(context: RolloutCommentContext, prose: Prose): RootContent[] {
  const { headSha, commands } = context;
  const parts = [
    headSha === undefined
      ? []
      : line('commit ', link(commitUrl(context, headSha), prose.code(short(headSha)))),
    commands === true ? line(prose.code('/collie help')) : [],
  ];
  return parts.every((part) => part.length === 0)
    ? []
    : [paragraph(html('<sub>'), join(parts, ' · '), html('</sub>'))];
}

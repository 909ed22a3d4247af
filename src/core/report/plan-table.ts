import type { PhrasingContent, RootContent } from 'mdast';
import { LIMITS } from '../document/limits.ts';
import { namesOf } from './config-diff.ts';
import { inlineOf, nameList, SEVERITY_ICONS } from './finding-markdown.ts';
import type { Prose } from './markdown.ts';
import { join, line, paragraph, table } from './markdown.ts';
import { changePieces, madeText } from './plan-facts.ts';
import type { PlanRow } from './plan-facts.ts';
import { plural, reachText } from './verdict.ts';

/** How much of the table is drawn. */
export interface TableDetail {
  readonly rows: number;
  readonly names: number;
}

/**
 * What changes, and whom it reaches, one row a resource; three columns, as many as a telephone shows. Rows that say the same of other
 * resources are counted after the first ones; what is deleted always stands by name.
 */
export function planTable(rows: readonly PlanRow[], prose: Prose, detail: TableDetail): RootContent[] {
  if (rows.length === 0) return [];
  if (detail.rows === 0) return [paragraph(`${plural(rows.length, 'resource')} not listed here.`)];
  const { drawn, folded } = foldAlike(rows);
  const cells = drawn.slice(0, detail.rows).map((row) => rowCells(row, prose, detail));
  const more = drawn.length - cells.length;
  const rest = more > 0 ? [] : folded.map((alike) => foldedCells(alike, prose));
  const untold = more > 0 ? rows.length - cells.length : 0;
  return [
    table(['Resource', 'Change', 'Reaches'], [...cells, ...rest]),
    ...(untold > 0 ? [paragraph(`and ${plural(untold, 'more resource')}`)] : []),
  ];
}

interface Folded {
  readonly drawn: readonly PlanRow[];
  /** Rows beyond the first of their kind. */
  readonly folded: readonly (readonly PlanRow[])[];
}

function foldAlike(rows: readonly PlanRow[]): Folded {
  const groups = Map.groupBy(rows, sayingOf);
  const folded = [...groups.values()].flatMap((group) => {
    const beyond = group[0]?.change?.action === 'delete' ? [] : group.slice(LIMITS.report.alikeRows);
    return beyond.length > 1 ? [beyond] : [];
  });
  const hidden = new Set(folded.flat());
  return { drawn: rows.filter((row) => !hidden.has(row)), folded };
}

/** What a row says besides the name of its resource. */
function sayingOf(row: PlanRow): string {
  const { change, configuration, through, worst } = row;
  const pieces = change === undefined ? [madeText(configuration)] : changePieces(change);
  return JSON.stringify([
    kindOf(row),
    pieces,
    worst,
    through.map(({ key }) => key),
    configuration === undefined ? '' : reachText([configuration]),
    configuration?.target.fleets,
    rolloutText(configuration),
    configuration?.policy?.name,
  ]);
}

function foldedCells(rows: readonly PlanRow[], prose: Prose): PhrasingContent[][] {
  const [first] = rows;
  const configurations = rows.flatMap(({ configuration }) => configuration ?? []);
  return [
    line(stateText(first), plural(rows.length, `more ${first === undefined ? '' : kindOf(first)}`)),
    first === undefined ? [] : severalOf(first, prose),
    configurations.length === 0 ? [] : line(reachText(configurations)),
  ];
}

function rowCells(row: PlanRow, prose: Prose, detail: TableDetail): PhrasingContent[][] {
  const { configuration, through } = row;
  const key = keyOf(row);
  return [
    line(stateText(row), `${kindOf(row)} `, prose.code(key.slice(key.indexOf('/') + 1))),
    changeOf(row, prose),
    configuration !== undefined
      ? recipients(configuration, prose)
      : through.length === 0
        ? []
        : line('through ', nameList(namesOf({ configurations: through }), prose, detail.names)),
  ];
}

/** The same of several: `renders differently` of one is `render differently` of many. */
function severalOf(row: PlanRow, prose: Prose): PhrasingContent[] {
  const { change, configuration } = row;
  return change === undefined
    ? line(madeText(configuration).replace(/^(render|change)s\b/, '$1'))
    : changeOf(row, prose);
}

function changeOf({ change, configuration }: PlanRow, prose: Prose): PhrasingContent[] {
  return change === undefined ? line(madeText(configuration)) : inlineOf(changePieces(change), prose);
}

function stateText(row: PlanRow | undefined): string {
  const worst = row?.worst;
  return worst === undefined || worst === 'notice' ? '' : `${SEVERITY_ICONS[worst]} `;
}

function keyOf({ change, configuration }: PlanRow): string {
  return change?.key ?? configuration?.key ?? '';
}

function kindOf(row: PlanRow): string {
  const key = keyOf(row);
  return key.slice(0, key.indexOf('/'));
}

function recipients(configuration: NonNullable<PlanRow['configuration']>, prose: Prose): PhrasingContent[] {
  const fleets = configuration.target.fleets.map((key) => key.slice(key.indexOf('/') + 1));
  const noun = fleets.length === 1 ? ', fleet ' : ', fleets ';
  return join(
    [
      line(reachText([configuration]), fleets.length === 0 ? '' : line(noun, nameList(fleets, prose, 3))),
      line(rolloutText(configuration)),
      policyOf(configuration, prose),
    ],
    ' · ',
  );
}

function policyOf({ policy }: NonNullable<PlanRow['configuration']>, prose: Prose): PhrasingContent[] {
  return policy?.name === undefined ? [] : line('policy ', prose.code(policy.name));
}

/** What becomes of it on its way to whom it reaches. */
function rolloutText(configuration: PlanRow['configuration']): string {
  if (configuration === undefined) return '';
  const { rollout, versions, delivery, after, reach } = configuration;
  if (!rollout) return after === undefined || reach.count === 0 ? '' : 'no rollout';
  if (delivery !== undefined) return delivery === 'nobody' ? '' : `by ${delivery}`;
  if (versions === undefined) return 'new version';
  return versions.before === undefined
    ? `version ${versions.after}`
    : `version ${versions.before} → ${versions.after}`;
}

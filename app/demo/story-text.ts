import { diffConfigs } from '../../src/core/diff/configs.ts';
import { isMap, type Json, type JsonMap } from '../../src/core/document/node.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import { SIMULATED_NOTE } from './agents/judge.ts';

/**
 * What the terminal shows of one act, made from what the Action wrote (`plan.json`) and what the server's store says.
 * Pure: data in, lines out.
 */
const DIFF_LINES = 6;
const WIDTH = 64;

/** Lines of a plan: verdict and place, for a red one also a few lines of the config diff and the order. */
export function planLines(plan: JsonMap): string[] {
  const red = list(plan['findings']).find((finding) => finding['severity'] === 'error');
  if (red === undefined) {
    return [`   🟢 ${list(plan['configurations']).map(changedConfiguration).filter(Boolean).join(' · ')}`];
  }
  const configuration = list(plan['configurations']).find((item) => list(item['refusals']).length > 0);
  const verdict = configuration === undefined ? text(red['message']) : refusalVerdict(configuration);
  return [
    columns(`   🔴 ${verdict}`, `${placeOf(red)}   ${text(red['rule'])}`),
    `      ${firstSentence(text(red['message']))}`,
    ...(configuration === undefined ? [] : diffLines(configuration, text(red['message']))),
    orderLine(plan),
  ].filter((line) => line !== '');
}

function changedConfiguration(configuration: JsonMap): string {
  const diff = map(configuration['diff']);
  const reach = map(configuration['reach']);
  if (Number(diff['added']) + Number(diff['removed']) === 0) return '';
  return `${text(reach['count'])} ${text(reach['unit'])} · ${text(configuration['name'])} +${text(diff['added'])} −${text(diff['removed'])}`;
}

function refusalVerdict(configuration: JsonMap): string {
  const refusals = list(configuration['refusals']);
  const reach = map(configuration['reach']);
  const versions = [...new Set(refusals.map((refusal) => text(refusal['version'])))].join(', ');
  return `${refusals.length} of ${text(reach['count'])} ${text(reach['unit'])} of ${text(configuration['name'])} (${versions}) will refuse this`;
}

/** The added line that the finding is about, under its parents; else the first added lines. */
function diffLines(configuration: JsonMap, message: string): string[] {
  const before = text(map(configuration['before'])['text']);
  const after = text(map(configuration['after'])['text']);
  const added = diffConfigs(before, after).hunks.flatMap((hunk) => hunk.lines);
  const named = /[`'"]([\w.]+\.[\w.]+)[`'"]/.exec(message)?.[1];
  const at = added.findIndex(
    (line) => line.startsWith('+') && named !== undefined && line.includes(`${named}:`),
  );
  if (at < 0) {
    return added
      .filter((line) => /^[+-]/.test(line))
      .slice(0, DIFF_LINES)
      .map((line) => `      ${line}`);
  }
  const parents: string[] = [];
  let indent = indentOf(added[at] ?? '');
  for (let index = at - 1; index >= 0 && indent > 0; index -= 1) {
    const line = added[index] ?? '';
    if (line.trim().length > 1 && indentOf(line) < indent) {
      parents.unshift(line);
      indent = indentOf(line);
    }
  }
  return [...parents, ...added.slice(at, at + DIFF_LINES - parents.length)]
    .slice(0, DIFF_LINES)
    .map((line) => `      ${line}`);
}

function indentOf(line: string): number {
  return line.slice(1).search(/\S|$/);
}

function orderLine(plan: JsonMap): string {
  const names = list(plan['steps']).flatMap((step) => {
    if (step['kind'] === 'rollout') return [`rollout ${text(step['configuration'])}`];
    return step['kind'] === 'apply' ? [text(step['resource']).replace('/', ' ')] : [];
  });
  return names.length === 0 ? '' : `      order: ${names.join(' → ')}`;
}

/** Lines of a finished rollout: how it ended, and the agents' own words where they refused. */
export function rolloutLines(
  view: RolloutView,
  fleet: { readonly agents: number; readonly real: ReadonlySet<string> },
): string[] {
  const took =
    view.startedAt === undefined || view.endedAt === undefined
      ? ''
      : ` after ${seconds(view.startedAt, view.endedAt)}`;
  const versions = `${view.configuration} ${view.fromVersion ?? '–'} → ${view.toVersion}`;
  if (view.state === 'stable') {
    return [
      `   merged, ${versions}, stable on ${view.totals.applied} of ${view.totals.agents} agents${took}`,
    ];
  }
  const { offered, refused, restored } = view.totals;
  return [
    ...view.errors.flatMap((group) => words(group, fleet.real)),
    `   ${view.state.replace('-', ' ')}${took}: offered ${offered} · refused ${refused} · restored ${restored} · never saw it ${fleet.agents - offered}`,
  ];
}

function words(group: RolloutView['errors'][number], real: ReadonlySet<string>): string[] {
  const said =
    group.message
      .split('\n')
      .filter((line) => line.trim() !== '')
      .at(-1) ?? '';
  const place = group.findings[0]?.at;
  return [
    ...group.agents.map(
      ({ name, version }) =>
        `   ${name} ${version} ${real.has(name) ? '(a real collector)' : `(${SIMULATED_NOTE})`} says`,
    ),
    columns(`      ${said}`, place === undefined ? 'no line known' : `${place.file}:${place.line}`),
  ];
}

/** Two columns where they fit in a terminal. */
function columns(left: string, right: string): string {
  return `${left.padEnd(WIDTH)}  ${right}`;
}

function seconds(from: string, to: string): string {
  return `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`;
}

function firstSentence(message: string): string {
  return message.split(/(?<=\.)\s/)[0] ?? message;
}

function placeOf(finding: JsonMap): string {
  return finding['file'] === undefined ? '' : `${text(finding['file'])}:${text(finding['line'])}`;
}

function list(value: Json | undefined): JsonMap[] {
  return Array.isArray(value) ? value.filter((item) => isMap(item)) : [];
}

function map(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

function text(value: Json | undefined): string {
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}

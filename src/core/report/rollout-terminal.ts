import type { Finding } from '../document/finding.ts';
import { LIMITS } from '../document/limits.ts';
import type { AgentErrorGroup, RolloutView } from '../rollout/view.ts';
import type { Colours } from './colours.ts';
import { PLAIN } from './colours.ts';
import { fixText } from './lint-text.ts';
import { byVersion } from './plan-facts.ts';
import { plural } from './verdict.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';
import { clockTime, fleetSentence, gatesText, reasonText, rolloutText, stateWords } from './rollout-facts.ts';
import { cut, visibleBlock, visibleLine } from './untrusted.ts';

export interface RolloutTerminalOptions {
  readonly colours?: Colours;
  readonly redactor?: Redactor;
}

/**
 * A rollout for a terminal, with what its comment says: state, counts, the agents' own words grouped word for word with
 * versions and the line that caused them, and what the fleet runs now. Ends with a line feed.
 */
export function rolloutTerminal(view: RolloutView, options: RolloutTerminalOptions = {}): string {
  const { colours = PLAIN, redactor = createRedactor() } = options;
  const shown = view.errors.slice(0, LIMITS.report.errorGroups);
  const more = view.errors.length - shown.length;
  const lines = [
    rolloutLine(view, options),
    ...(view.state === 'no-agents' ? [] : [`   ${countsText(view)}`]),
    ...reasonLines(view, redactor),
    ...gateLines(view, redactor),
    ...shown.flatMap((group) => ['', ...groupLines(group, colours, redactor)]),
    ...(more > 0 ? ['', `and ${plural(more, 'other error')}, not shown here`] : []),
    ...undoLines(view, redactor),
    ...sentenceLines(view),
  ];
  return `${lines.join('\n')}\n`;
}

/** State, configuration, versions and reach on one line, without a line feed. */
export function rolloutLine(view: RolloutView, options: RolloutTerminalOptions = {}): string {
  const { colours = PLAIN, redactor = createRedactor() } = options;
  const { icon } = stateWords(view.state);
  const colour = { '🔴': colours.red, '🟡': colours.yellow, '🟢': colours.green }[icon] ?? ((text) => text);
  return colour(visibleLine(redactor.text(rolloutText(view))));
}

/**
 * What is new in a rollout since it was last told, a line each, without line feeds: the state where it changed, each wave that
 * came or changed, each gate that says something else, and what its timeline adds.
 */
export function newsOf(
  before: RolloutView | undefined,
  now: RolloutView,
  options: RolloutTerminalOptions = {},
): readonly string[] {
  const { redactor = createRedactor() } = options;
  const known = new Set((before?.timeline ?? []).map(({ at, text }) => `${at} ${text}`));
  const waves = new Map((before?.waves ?? []).map((wave) => [wave.name, waveText(wave)]));
  const verdicts = new Map((before?.gates?.ran ?? []).map(({ title, verdict }) => [title, verdict]));
  const lines = [
    ...now.timeline
      .filter(({ at, text }) => !known.has(`${at} ${text}`))
      .map(({ at, text }) => `${clockTime(at)} ${text}`),
    ...now.waves.filter((wave) => waves.get(wave.name) !== waveText(wave)).map(waveText),
    ...(now.gates?.ran ?? [])
      .filter(({ title, verdict }) => verdicts.get(title) !== verdict)
      .map(({ title, verdict, evidence }) => `gate ${title}: ${verdict}, ${evidence}`),
  ];
  return [
    ...(before?.state === now.state ? [] : [rolloutLine(now, options)]),
    ...lines.map((text) => `   ${visibleLine(redactor.text(text))}`),
  ];
}

function waveText({
  name,
  agents,
  applied,
  refused,
  restored,
  pending,
}: RolloutView['waves'][number]): string {
  const parts = [
    [applied, 'applied'],
    [refused, 'refused'],
    [restored, 'restored'],
    [pending, 'pending'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return `${name}: ${told.length === 0 ? '' : `${told.join(', ')} of `}${plural(agents, 'agent')}`;
}

/** The counts of a rollout, always the same four, so that they can be compared. */
function countsText({ totals }: RolloutView): string {
  const { offered, refused, restored, neverSaw } = totals;
  return `offered ${offered} · refused ${refused} · restored ${restored} · never saw it ${neverSaw}`;
}

function reasonLines(view: RolloutView, redactor: Redactor): readonly string[] {
  const told = reasonText(view);
  return told === undefined
    ? []
    : [`   ${told.word.toLowerCase()}: ${visibleLine(redactor.text(told.reason))}`];
}

/** How many gates ran, which of them did not pass, and why the others could not run. */
function gateLines({ gates }: RolloutView, redactor: Redactor): readonly string[] {
  if (gates === undefined) return [];
  const open = gates.ran
    .filter(({ verdict }) => verdict !== 'pass')
    .map(
      ({ title, verdict, evidence }) =>
        `${title} ${verdict === 'fail' ? 'failed' : 'could not tell'}: ${evidence}`,
    );
  const missing = gates.missing.map(({ titles, why }) => `${titles.join(', ')} could not run: ${why}`);
  return [gatesText(gates), ...open, ...missing].map(
    (text, index) => `${index === 0 ? '   ' : '     '}${visibleLine(redactor.text(text))}`,
  );
}

/** What an undo could not do, and whom it did not reach. */
function undoLines({ undo, toVersion, state }: RolloutView, redactor: Redactor): readonly string[] {
  if (undo === undefined || state === 'rolling-back') return [];
  const { obstacle, missing } = undo;
  if (obstacle !== undefined) return ['', visibleLine(redactor.text(`not undone: ${obstacle}`))];
  if (missing.length === 0) return [];
  const names = missing.slice(0, LIMITS.report.names).join(', ');
  const more = missing.length - LIMITS.report.names;
  const rest = more > 0 ? ` and ${more} more` : '';
  const may = `${missing.length === 1 ? 'it' : 'they'} may run version ${toVersion}`;
  return ['', visibleLine(redactor.text(`not confirmed by ${names}${rest}: ${may}`))];
}

function groupLines(
  { agents, message, findings }: AgentErrorGroup,
  colours: Colours,
  redactor: Redactor,
): readonly string[] {
  const words = visibleBlock(cut(redactor.text(message), LIMITS.report.blockCharacters)).split('\n');
  return [
    colours.bold(`${whoText(agents, redactor)} refused the config:`),
    ...words.map((line) => (line === '' ? '   │' : `   │ ${line}`)),
    ...causeLines(findings, colours, redactor),
  ];
}

/** `node-a, node-b (1.80.1), node-c (1.86.0, still restoring)`. */
function whoText(agents: AgentErrorGroup['agents'], redactor: Redactor): string {
  if (agents.length === 0) return 'An agent';
  const versions = byVersion(
    agents.map(({ name, version, note }) => ({
      name,
      version: [version, note ?? ''].filter((part) => part !== '').join(', '),
    })),
  );
  const parts = versions.slice(0, LIMITS.report.names).map(({ version, names }) => {
    const shown = names.slice(0, LIMITS.report.names).join(', ');
    const more = names.length > LIMITS.report.names ? ` and ${names.length - LIMITS.report.names} more` : '';
    return `${shown}${more}${version === '' ? '' : ` (${version})`}`;
  });
  const rest =
    versions.length > LIMITS.report.names
      ? ` and ${versions.length - LIMITS.report.names} more versions`
      : '';
  return visibleLine(redactor.text(`${parts.join(', ')}${rest}`));
}

function causeLines(findings: readonly Finding[], colours: Colours, redactor: Redactor): readonly string[] {
  const placed = findings.filter(({ at }) => at !== undefined).slice(0, LIMITS.report.names);
  if (placed.length === 0) return ['   no line of these files is known for it (certainty: unknown)'];
  return placed.flatMap((finding) => {
    const { at, certainty = 'exact' } = finding;
    const place = at === undefined ? '' : visibleLine(`${at.file}:${at.line}`);
    const fix = fixText(finding);
    return [
      `   ${certainty === 'exact' ? 'caused by' : 'probably caused by'} ${colours.cyan(place)} (certainty: ${certainty})`,
      ...(fix === '' ? [] : [`   fix: ${visibleLine(redactor.text(fix))}`]),
    ];
  });
}

function sentenceLines(view: RolloutView): readonly string[] {
  const sentence = fleetSentence(view);
  if (sentence === '') return [];
  return ['', sentence.endsWith(': ') ? `${sentence}revert it, or push a fix and merge.` : sentence];
}

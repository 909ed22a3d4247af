import type { GatesView, RolloutState, RolloutView, UndoView } from '../rollout/view.ts';
import { durationText, elapsedMs } from './elapsed.ts';
import type { Piece } from './verdict.ts';
import { plural } from './verdict.ts';

interface StateWords {
  readonly icon: string;
  readonly word: string;
  /** Nothing more will happen by itself. */
  readonly over: boolean;
}

const STATES: Readonly<Record<RolloutState, StateWords>> = {
  pending: { icon: '⚪', word: 'Waiting to start', over: false },
  started: { icon: '🔵', word: 'Rolling out', over: false },
  paused: { icon: '🟡', word: 'Paused', over: false },
  'rolling-back': { icon: '🔴', word: 'Rolling back', over: false },
  'rolled-back': { icon: '🔴', word: 'Rolled back', over: true },
  failed: { icon: '🔴', word: 'Stopped', over: true },
  stable: { icon: '🟢', word: 'Stable', over: true },
  replaced: { icon: '⚪', word: 'Replaced by a newer version', over: true },
  aborted: { icon: '🟡', word: 'Aborted', over: true },
  'no-agents': { icon: '⚪', word: 'No agent gets this', over: true },
};

/** Icon, word and finality of a state. */
export function stateWords(state: RolloutState): StateWords {
  return STATES[state];
}

/** `3 → 4`, or `version 4` when nobody knows what was there before. */
function versionsText({ fromVersion, toVersion }: RolloutView): string {
  return fromVersion === undefined ? `version ${toVersion}` : `${fromVersion} → ${toVersion}`;
}

/** The rollout in one line: state, configuration, versions, reach, duration. */
export function rolloutPieces(view: RolloutView): readonly Piece[] {
  const { word, over } = stateWords(view.state);
  const reach = reachOf(view);
  const told = over && reach !== '';
  const took = told ? elapsedMs(view.startedAt, view.endedAt) : undefined;
  return [
    `${word} · `,
    { name: view.configuration },
    ` ${versionsText(view)}`,
    reach === '' ? '' : ` · ${reach}`,
    took === undefined ? '' : ` · ${durationText(took)}`,
  ];
}

/** The line of `rolloutPieces` as plain text with its icon: a check's title, a terminal, a log. */
export function rolloutText(view: RolloutView): string {
  const pieces = rolloutPieces(view).map((piece) => (typeof piece === 'string' ? piece : piece.name));
  return `${stateWords(view.state).icon} ${pieces.join('')}`;
}

function reachOf({ state, totals }: RolloutView): string {
  const { agents, offered, applied, refused, neverSaw } = totals;
  const all = plural(agents, 'agent');
  const unseen = neverSaw > 0 ? `, ${neverSaw} never saw it` : '';
  if (state === 'no-agents') return '';
  if (state === 'pending') return all;
  if (state === 'stable') return agents === 1 ? 'its agent applied it' : `all ${agents} agents applied it`;
  const touched = `${offered} of ${all} ${offered === 1 ? 'was' : 'were'} touched${unseen}`;
  // Silence and gates stop a rollout of which nobody refused anything.
  if (state === 'failed' && (refused > 0 || offered === 0)) return `${refused} of ${all} refused${unseen}`;
  if (state === 'failed') return touched;
  if (state === 'rolled-back' || state === 'rolling-back') return touched;
  return `${applied} of ${all} applied it${refused > 0 ? `, ${refused} refused` : ''}`;
}

/**
 * What git says and what the fleet runs, once they differ or are known to be the same; empty while it is under way. Says
 * only what the counts say: a BindPlane server stops and does not restore.
 */
export function fleetSentence(view: RolloutView): string {
  if (view.undo !== undefined) return undoSentence(view, view.undo);
  const { state, totals, fromVersion, toVersion, engine } = view;
  const { agents, applied, refused, restored, offered } = totals;
  const previous = fromVersion === undefined ? 'what they ran before' : `version ${fromVersion}`;
  if (state === 'no-agents') return 'No agent matches this configuration: it is stored, and nothing runs it.';
  if (state === 'stable') {
    return `${agents === 1 ? 'The agent runs' : `All ${agents} agents run`} version ${toVersion}, as git says.`;
  }
  if (state === 'rolled-back') {
    if (restored >= offered) {
      return `${agents === 1 ? 'The agent runs' : `All ${agents} agents run`} ${previous}. Git says ${toVersion}: `;
    }
    const missing = offered - restored;
    return `${restored} of ${offered} touched agents are back on ${previous}; ${plural(missing, 'agent')} ${missing === 1 ? 'has' : 'have'} not confirmed it. Git says ${toVersion}: `;
  }
  if (state === 'failed' || state === 'aborted') {
    const parts = [
      applied > 0 ? `${plural(applied, 'agent')} ${applied === 1 ? 'runs' : 'run'} version ${toVersion}` : '',
      refused > 0 ? `${refused} refused it` : '',
      agents - applied - refused > 0 ? `${agents - applied - refused} did not get it` : '',
    ].filter((part) => part !== '');
    const nobody = view.gates !== undefined && applied === 0 && refused === offered && offered > 0;
    const restores =
      engine === 'collie'
        ? ''
        : nobody
          ? ` Nobody runs version ${toVersion}, so there is nothing to undo: BindPlane stops a rollout and restores nobody.`
          : ' BindPlane stops a rollout and restores nobody.';
    const counts = parts.length === 0 ? '' : `${parts.join(', ')}.`;
    return `${`${counts}${restores}`.trimStart()} Git says ${toVersion}: `;
  }
  if (state === 'paused') {
    return `${plural(applied, 'agent')} of ${agents} ${applied === 1 ? 'runs' : 'run'} version ${toVersion}, as git says; the others wait.`;
  }
  return '';
}

/**
 * What a server without a rollback was made to do instead: who runs what now, and what its versions mean. Our own words and
 * numbers only; names and the server's words are told beside it.
 */
function undoSentence({ state, toVersion, totals }: RolloutView, undo: UndoView): string {
  const { of, version, obstacle, agents, applied, refused } = undo;
  if (obstacle !== undefined) {
    const stored = version === undefined ? '' : ` Version ${version} holds version ${of} again.`;
    const runs = totals.applied === 1 ? '1 agent runs' : `${totals.applied} agents run`;
    return `${runs} version ${toVersion}.${stored} Git says ${toVersion}: `;
  }
  if (version === undefined) return '';
  const all = applied === agents && undo.missing.length === 0;
  const who = all
    ? agents === 1
      ? 'The agent runs'
      : `All ${agents} agents run`
    : `${applied} of ${agents} agents ${applied === 1 ? 'runs' : 'run'}`;
  const unseen =
    totals.neverSaw === 0
      ? ''
      : `, also to the ${totals.neverSaw === 1 ? 'one' : totals.neverSaw} that never saw version ${toVersion}`;
  const no = refused > 0 ? `, and ${refused} refused it` : '';
  const what = `${who} version ${version}, which is version ${of} again${no}. BindPlane has no rollback: the spec of version ${of} was applied as a new version, which goes to everybody${unseen}.`;
  if (state === 'rolling-back') return what;
  return `${what} The same config is not rolled out again by another run. Git says ${toVersion}: `;
}

/** Why a rollout was stopped, undone or is held; undefined where nothing is to be said. */
export function reasonText({
  state,
  reason,
}: RolloutView): { readonly word: string; readonly reason: string } | undefined {
  return reason === undefined ? undefined : { word: REASON_WORDS[state], reason };
}

const REASON_WORDS: Readonly<Record<RolloutState, string>> = {
  pending: 'Held',
  started: 'Held',
  paused: 'Held',
  'rolling-back': 'Stopped',
  'rolled-back': 'Stopped',
  failed: 'Stopped',
  aborted: 'Stopped',
  replaced: 'Not followed',
  stable: 'Note',
  'no-agents': 'Note',
};

/** `2 of 6 gates ran`. */
export function gatesText({ ran, total }: GatesView): string {
  return `${ran.length} of ${total} gates ran`;
}

/** The time of day of an ISO time; the whole text when it is none. */
export function clockTime(iso: string): string {
  return /^\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)/.exec(iso)?.[1] ?? iso;
}

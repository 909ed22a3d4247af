import { external, judgeChecks } from '../rollout/gates/external.ts';
import { hasEnded } from '../rollout/rollout.ts';
import { ROLLOUT_STATES, type GatesView, type RolloutView } from '../rollout/view.ts';
import type { Colours } from './colours.ts';
import { PLAIN } from './colours.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';
import { reasonText } from './rollout-facts.ts';
import { rolloutLine } from './rollout-terminal.ts';
import { visibleLine } from './untrusted.ts';

type GateWord = GatesView['ran'][number];
type Verdict = GateWord['verdict'];

interface CheckWord {
  readonly name: string;
  readonly verdict: Verdict;
  readonly evidence: string;
}

/** A rollout after a check spoke: its phase under way (from 1, 0 before anything was offered), and what all checks said of that. */
interface CheckedPhase {
  readonly rollout: string;
  readonly state: string;
  readonly phase: number;
  readonly checks: readonly CheckWord[];
}

export interface CheckTextOptions {
  readonly colours?: Colours;
  readonly redactor?: Redactor;
}

/** Why the word of a check changes nothing any more, or nothing yet: a sentence without a line feed. Undefined where it counts. */
export function uselessCheck({ rollout, state, phase }: CheckedPhase): string | undefined {
  const known = ROLLOUT_STATES.find((one) => one === state);
  if (known !== undefined && hasEnded(known)) {
    return visibleLine(`${rollout} has ended (${state}): no check decides about it any more`);
  }
  if (known === 'rolling-back') {
    return visibleLine(`${rollout} is on its way back already: no check decides about it any more`);
  }
  if (phase > 0) return undefined;
  return visibleLine(
    `nobody was offered ${rollout} yet: a check speaks of the phase that is under way; say it again once agents have it`,
  );
}

/**
 * Whether the gate on checks outside has looked at what they said. A no that stops nothing may still be its word about an
 * earlier phase: then it has not.
 */
export function hasLooked({ checks }: CheckedPhase, view: RolloutView | undefined): boolean {
  const gate = view === undefined ? undefined : gateOf(view);
  return gate !== undefined && gate.verdict === judgeChecks(checks).verdict && !isOverruled(gate, view);
}

/** A no of a gate that acts, and the rollout goes on: somebody promoted it in spite of that. */
function isOverruled(gate: GateWord, view: RolloutView | undefined): boolean {
  return gate.verdict === 'fail' && view?.state === 'started' && !isShadow(gate);
}

function isShadow({ evidence }: GateWord): boolean {
  return evidence.endsWith(' (in shadow)');
}

function gateOf({ gates }: RolloutView): GateWord | undefined {
  return gates?.ran.find(({ title }) => title === external.title);
}

/**
 * What a check said, what the gate on checks outside made of it (so far as it looked), and where the rollout stands, for a
 * terminal. Ends with a line feed.
 */
export function checkText(
  word: CheckWord,
  checked: CheckedPhase,
  view: RolloutView | undefined,
  options: CheckTextOptions = {},
): string {
  const { colours = PLAIN, redactor = createRedactor() } = options;
  const words = (text: string): string => visibleLine(redactor.text(text));
  const { name, verdict, evidence } = word;
  // Each by itself: `pass: 12 of 12` would look like a password.
  const because = evidence === '' ? '' : `: ${words(evidence)}`;
  const reason = view === undefined ? undefined : reasonText(view);
  return `${[
    colours.bold(
      `Phase ${checked.phase} of ${words(checked.rollout)}: ${words(name)} says ${verdict}${because}`,
    ),
    `   ${gateText(checked, view, words)}`,
    ...(view === undefined ? [] : [rolloutLine(view, options)]),
    ...(reason === undefined ? [] : [`   ${reason.word.toLowerCase()}: ${words(reason.reason)}`]),
    ...(view?.state === 'paused' ? waysOn(words(view.configuration)).map((line) => `   ${line}`) : []),
  ].join('\n')}\n`;
}

/** Servers keep a gate's words while its verdict stays, so those of the checks themselves are the newest. */
function gateText(
  { checks }: CheckedPhase,
  view: RolloutView | undefined,
  words: (text: string) => string,
): string {
  const { verdict, evidence } = judgeChecks(checks);
  const gate = view === undefined ? undefined : gateOf(view);
  if (gate?.verdict !== verdict) return NOT_YET;
  const but = isShadow(gate)
    ? ' (in shadow: nothing is done about it)'
    : isOverruled(gate, view)
      ? ' (nothing is done about it: somebody promoted the rollout in spite of it)'
      : '';
  return `the gate ${SAID[verdict]}: ${words(evidence)}${but}`;
}

const NOT_YET =
  'no gate looked at it yet, or the policy has this one switched off; collie rollout status tells what gates say';

const SAID: Readonly<Record<Verdict, string>> = {
  pass: 'passed',
  fail: 'failed',
  inconclusive: 'cannot tell',
};

function waysOn(configuration: string): readonly string[] {
  return [
    `go on in spite of it: collie rollout promote ${configuration}`,
    `give its agents back what they ran before: collie rollout rollback ${configuration}`,
  ];
}

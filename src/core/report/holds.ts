import type { Colours } from './colours.ts';
import { PLAIN } from './colours.ts';
import { durationText, elapsedMs } from './elapsed.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';
import { visibleLine } from './untrusted.ts';

/** What keeps anything new from being offered, as a server tells it; without a configuration everything is held. */
interface ToldHold {
  readonly configuration?: string;
  readonly reason: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface HoldTextOptions {
  readonly colours?: Colours;
  readonly redactor?: Redactor;
}

const BACK = 'Going back is never held: collie rollout rollback and abort work as ever.';

/** What is held, why, by whom and since when, with the way out of each, for a terminal; `now` is ISO 8601. Ends with a line feed. */
export function holdsText(holds: readonly ToldHold[], now: string, options: HoldTextOptions = {}): string {
  if (holds.length === 0) return 'Nothing is held.\n';
  const { colours, words } = wordsOf(options);
  const blocks = holds.map((hold) => {
    const ms = elapsedMs(hold.at, now);
    const since = `since ${hold.at.replace(/\.\d+Z$/, 'Z')}${ms === undefined ? '' : `, for ${durationText(ms)}`}`;
    return [
      colours.bold(words(holdSentence(hold))),
      words(`   by ${hold.by} ${since}`),
      words(`   lift it: ${liftCommand(hold)}`),
      '',
    ];
  });
  return lines([...blocks.flat(), `Nothing new is offered of what is held. ${BACK}`]);
}

/** What a new hold means and how it ends; `before` is the one that it replaces. Ends with a line feed. */
export function newHoldText(hold: ToldHold, before?: ToldHold, options: HoldTextOptions = {}): string {
  const { colours, words } = wordsOf(options);
  const what = hold.configuration === undefined ? 'of any configuration' : 'of it';
  const replaced = before === undefined ? [] : [`   it was held already: ${before.reason} (${before.by})`];
  return lines([
    colours.bold(words(holdSentence(hold))),
    ...replaced.map(words),
    `   Nothing new is offered ${what} until that is lifted; agents that have it already keep it.`,
    `   ${BACK}`,
    words(`   lift it: ${liftCommand(hold)}`),
  ]);
}

/** What was lifted (everything where no configuration is named), and what is held in spite of that. Ends with a line feed. */
export function liftedText(
  configuration: string | undefined,
  left: readonly ToldHold[],
  options: HoldTextOptions = {},
): string {
  const { colours, words } = wordsOf(options);
  const all = left.find((hold) => hold.configuration === undefined);
  const what = configuration === undefined ? 'The stop of everything' : `The hold of ${configuration}`;
  const still = all === undefined ? left : [all];
  const goesOn = still.length === 0 ? ': what waited goes on' : '';
  return lines([
    colours.bold(words(`${what} is lifted${goesOn}.`)),
    ...still.map((hold) =>
      words(`   still: ${holdSentence(hold)} (${hold.by}); lift it: ${liftCommand(hold)}`),
    ),
  ]);
}

/** Why there is nothing to lift, and what there is instead: one sentence without a line feed. */
export function nothingToLift(configuration: string | undefined, holds: readonly ToldHold[]): string {
  const { words } = wordsOf({});
  const all = holds.find((hold) => hold.configuration === undefined);
  const named = holds.flatMap((hold) => hold.configuration ?? []);
  if (configuration === undefined) {
    const rest = named.length === 0 ? 'nothing is held' : `held by name: ${named.join(', ')}`;
    return words(`there is no stop of everything to lift; ${rest}`);
  }
  if (all !== undefined) {
    return words(
      `${configuration} is not held by its name; everything is stopped: ${all.reason} (${all.by}); lift that with: collie rollout lift --all`,
    );
  }
  const rest = named.length === 0 ? 'nothing is' : `these are: ${named.join(', ')}`;
  return words(`${configuration} is not held; ${rest}`);
}

function holdSentence({ configuration, reason }: ToldHold): string {
  return `${configuration === undefined ? 'Everything is stopped' : `${configuration} is held`}: ${reason}`;
}

function liftCommand({ configuration }: ToldHold): string {
  return `collie rollout lift ${configuration ?? '--all'}`;
}

function wordsOf({ colours = PLAIN, redactor = createRedactor() }: HoldTextOptions): {
  readonly colours: Colours;
  readonly words: (text: string) => string;
} {
  // The blanks that a line begins with are ours.
  const words = (text: string): string => {
    const indent = /^ */.exec(text)?.[0] ?? '';
    return indent + visibleLine(redactor.text(text.slice(indent.length)));
  };
  return { colours, words };
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

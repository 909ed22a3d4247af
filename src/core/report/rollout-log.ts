import type { RolloutTotals } from '../rollout/view.ts';
import type { Colours } from './colours.ts';
import { PLAIN } from './colours.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';
import { visibleLine } from './untrusted.ts';
import { plural } from './verdict.ts';

/** One entry of a log, as a server tells it. */
interface LoggedEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly name?: string;
  readonly by?: string;
  readonly text: string;
}

interface LoggedRollout {
  readonly rollout: { readonly id: string; readonly state: string; readonly reason?: string };
  readonly totals: RolloutTotals;
  readonly events: readonly LoggedEvent[];
}

interface PastOfAgent {
  readonly rollout: string;
  readonly state: string;
  readonly member: string;
  readonly fault?: string;
  readonly reason?: string;
  readonly events: readonly LoggedEvent[];
}

export interface LogTextOptions {
  readonly colours?: Colours;
  readonly redactor?: Redactor;
  /** The moment that was asked for, as people are to read it. */
  readonly at?: string;
}

/**
 * The log of a rollout for a terminal: where it stands, or stood at a moment, and a line for each thing that happened, in order
 * and in UTC. Ends with a line feed.
 */
export function rolloutLogText(log: LoggedRollout, options: LogTextOptions = {}): string {
  const { colours = PLAIN, redactor = createRedactor(), at } = options;
  const { id, state, reason } = log.rollout;
  const { agents, offered, applied, refused, restored, neverSaw } = log.totals;
  const words = (text: string): string => visibleLine(redactor.text(text));
  const when = at === undefined ? '' : ` at ${at}`;
  return lines([
    colours.bold(words(`${id} ${state}${when}`)),
    `   ${plural(agents, 'agent')} · offered ${offered} · applied ${applied} · refused ${refused} · restored ${restored} · never saw it ${neverSaw}`,
    ...(reason === undefined ? [] : [`   ${words(reason)}`]),
    '',
    ...eventLines(log.events, colours, words),
  ]);
}

/** What an agent was in its rollouts at a moment, with what befell it until then. Ends with a line feed. */
export function agentPastText(pasts: readonly PastOfAgent[], options: LogTextOptions = {}): string {
  const { colours = PLAIN, redactor = createRedactor(), at = 'then' } = options;
  const words = (text: string): string => visibleLine(redactor.text(text));
  if (pasts.length === 0) return lines([words(`It took part in no rollout until ${at}.`)]);
  const blocks = pasts.map(({ rollout, state, member, fault, reason, events }) => [
    colours.bold(words(`${rollout} ${state} at ${at}: it was ${member}`)),
    ...(fault === undefined ? [] : [`   ${words(fault)}`]),
    ...(reason === undefined ? [] : [`   ${words(reason)}`]),
    ...eventLines(events, colours, words),
  ]);
  return lines(blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block])));
}

/** Date and time are written where they change: a log of one night has its date once. */
function eventLines(
  events: readonly LoggedEvent[],
  colours: Colours,
  words: (text: string) => string,
): readonly string[] {
  let day = '';
  const named = events.map((event) => ({ ...event, name: words(event.name ?? '') }));
  const width = Math.max(0, ...named.map(({ name }) => Math.min(NAME_WIDTH, name.length)));
  return named.flatMap(({ at, name, by, text }) => {
    const [date = '', time = ''] = at.split('T');
    const who = by === undefined ? '' : ` (by ${by})`;
    const clock = colours.dim(words(time.replace(/(\.\d+)?Z$/, '')));
    const about = width === 0 ? '' : `${name.padEnd(width)}  `;
    const line = `${clock}  ${about}${words(`${text}${who}`)}`;
    const head = date === day ? [] : [words(date)];
    day = date;
    return [...head, line];
  });
}

/** Longer names push their line out rather than all others. */
const NAME_WIDTH = 24;

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

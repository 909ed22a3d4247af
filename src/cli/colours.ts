import picocolors from 'picocolors';
import { PLAIN, type Colours } from '../core/report/colours.ts';
import type { Terminal } from './terminal.ts';

/** Colours for this terminal; none where they were not asked for. */
export function coloursOf(terminal: Terminal): Colours {
  if (!terminal.colour) return PLAIN;
  const { red, yellow, green, cyan, bold, dim } = picocolors.createColors(true);
  return { red, yellow, green, cyan, bold, dim };
}

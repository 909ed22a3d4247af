import { LIMITS } from '../document/limits.ts';

/** A template used more steps or text than LIMITS.template allows. The message is for people. */
export class TemplateBudgetError extends Error {
  override readonly name = 'TemplateBudgetError';
}

/** The function that `metered` puts at the start of each body that can run more than once. */
export const STEP_FUNCTION = 'collieStep';

/** Counts steps and characters of one evaluation (SEC-82): templates may come from a pull request. */
export interface Meter {
  reset(): void;
  step(): void;
  /** Counts text that was made, and gives it back. */
  text(value: string): string;
  /** Counts what a function made, lists and maps with all they hold, and gives it back. */
  value(value: unknown): unknown;
}

/** A meter with the limits of LIMITS.template; it throws TemplateBudgetError. */
export function createMeter(): Meter {
  let steps = 0;
  let characters = 0;
  const step = (): void => {
    steps += 1;
    if (steps > LIMITS.template.steps) {
      throw new TemplateBudgetError(`the template runs more than ${LIMITS.template.steps} steps`);
    }
  };
  const text = (value: string): string => {
    step();
    characters += value.length;
    if (characters > LIMITS.template.outputCharacters) {
      throw new TemplateBudgetError(
        `the template makes more than ${LIMITS.template.outputCharacters} characters`,
      );
    }
    return value;
  };
  const value = (made: unknown): unknown => {
    if (typeof made === 'string') return text(made);
    step();
    if (typeof made === 'object' && made !== null) for (const item of Object.values(made)) value(item);
    return made;
  };
  return {
    reset: () => {
      steps = 0;
      characters = 0;
    },
    step,
    text,
    value,
  };
}

/**
 * The template with a counted step at the start of every `range`, `define` and `block` body, so that also bodies without text are
 * bounded. The step prints nothing; a trim marker (`-}}`) moves behind it, so the output stays the same byte for byte.
 */
export function metered(source: string): string {
  let output = '';
  let position = 0;
  for (;;) {
    const open = source.indexOf('{{', position);
    if (open < 0) return output + source.slice(position);
    const close = endOfAction(source, open + 2);
    if (close < 0) return output + source.slice(position);
    const action = source.slice(open, close);
    if (/^\{\{(?:-\s)?\s*(?:range|define|block)\b/.test(action)) {
      const trims = /\s-\}\}$/.test(action);
      const head = trims ? `${action.slice(0, -3).trimEnd()}}}` : action;
      output += `${source.slice(position, open)}${head}{{${STEP_FUNCTION}${trims ? ' -' : ''}}}`;
    } else {
      output += source.slice(position, close);
    }
    position = close;
  }
}

/** Index after the `}}` that ends the action whose content starts at `from`; -1 when it never ends. */
function endOfAction(source: string, from: number): number {
  if (/^-?\s*\/\*/.test(source.slice(from, from + 32))) {
    const comment = source.indexOf('*/', from);
    const end = comment < 0 ? -1 : source.indexOf('}}', comment);
    return end < 0 ? -1 : end + 2;
  }
  let quote = '';
  for (let index = from; index < source.length; index += 1) {
    const character = source.charAt(index);
    if (quote !== '') {
      if (character === '\\' && quote !== '`') index += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'" || character === '`') {
      quote = character;
    } else if (character === '}' && source.charAt(index + 1) === '}') {
      return index + 2;
    }
  }
  return -1;
}

/** How text is coloured; given by the caller, who knows the terminal and NO_COLOR. */
export interface Colours {
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

const same = (text: string): string => text;

/** No colour at all. */
export const PLAIN: Colours = { red: same, yellow: same, green: same, cyan: same, bold: same, dim: same };

/** One row of the table of variables; README and help are made from it. */
export interface Setting {
  readonly name: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** Reads what `collie serve` was told, and collects what is wrong with it. */
export interface SettingsReader {
  /** A variable, trimmed; empty when it is not set. */
  readonly value: (name: string) => string;
  /** A file that a variable names; undefined when it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  /** Whether only this machine can reach the server. */
  readonly local: boolean;
  readonly problems: string[];
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

import type { SourceRange } from '../document/finding.ts';
import type { ContainerSpec } from '../kubernetes/workload.ts';
import type { RunningConfig } from './running.ts';

/** Whether a collector is started with a feature gate: `unknown` where no command line of it is seen, or a shell writes it. */
export function gateState(
  { container, distribution }: RunningConfig,
  gate: string,
): 'on' | 'off' | 'unknown' {
  const words = container?.spec?.command;
  if (words === undefined || distribution === 'bindplane-agent' || words.some(isShell)) return 'unknown';
  return words.some((word) => word.includes(gate)) ? 'on' : 'off';
}

function isShell(word: string): boolean {
  return /(?:^|\/)(?:ba|da|a)?sh$/.test(word);
}

/** One gate of a `--feature-gates`, as it is written there. */
export interface NamedGate {
  /** With its sign and whatever blanks stand around it: the collector takes none away. */
  readonly written: string;
  readonly id: string;
  readonly enable: boolean;
  readonly at?: SourceRange;
  /** The word that it stands in, and all that this word names. */
  readonly word: string;
  readonly value: string;
}

const FLAG = /^--?feature-gates(?:=(.*))?$/s;

/** What a command line asks for, in its order (core `featuregate/flag.go`: split at commas, `-` and `+` in front). */
export function namedGates({ command, commandAt }: ContainerSpec): readonly NamedGate[] {
  return command.flatMap((word, index): readonly NamedGate[] => {
    const flag = FLAG.exec(word);
    if (flag === null) return [];
    const inNext = flag[1] === undefined;
    const value = flag[1] ?? command[index + 1] ?? '';
    const at = commandAt?.[inNext ? index + 1 : index];
    return value.split(',').flatMap((written) =>
      written === '' || written.includes('$')
        ? []
        : [
            {
              written,
              id: written.replace(/^[-+]/, ''),
              enable: !written.startsWith('-'),
              word: inNext ? value : word,
              value,
              ...(at && { at }),
            },
          ],
    );
  });
}

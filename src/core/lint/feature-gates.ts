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

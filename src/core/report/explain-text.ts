import type { Finding } from '../document/finding.ts';
import { placeText } from '../document/finding.ts';
import type { Colours } from './colours.ts';
import { PLAIN } from './colours.ts';
import { fixText, severityColour } from './lint-text.ts';
import type { Redactor } from './redact.ts';
import { createRedactor } from './redact.ts';
import { visibleLine } from './untrusted.ts';

export interface ExplainTextOptions {
  readonly colours?: Colours;
  readonly redactor?: Redactor;
}

/**
 * What an agent's error text comes from, for a terminal: place, rule and message on one line, what is known about it below,
 * and how sure the place is. Ends with a line feed.
 */
export function explainText(findings: readonly Finding[], options: ExplainTextOptions = {}): string {
  const { colours = PLAIN, redactor = createRedactor() } = options;
  if (findings.length === 0) return 'Nothing in this text is an error of a collector that Collie knows.\n';
  return `${findings.flatMap((finding) => explained(finding, colours, redactor)).join('\n')}\n`;
}

function explained(finding: Finding, colours: Colours, redactor: Redactor): readonly string[] {
  const { at, severity, rule, message, related, certainty } = finding;
  const words = (text: string): string => visibleLine(redactor.text(text));
  const place = at === undefined ? 'no line' : visibleLine(placeText(at));
  const [first = '', ...rest] = redactor.text(message).split('\n');
  const fix = fixText(finding);
  const below = [
    ...rest.filter((line) => line.trim() !== '').map(words),
    ...(related ?? []).map((one) => `${words(one.message)}: ${visibleLine(placeText(one.at))}`),
    ...(fix === '' ? [] : [`fix: ${words(fix)}`]),
    ...(certainty === 'likely'
      ? ['the place is likely, not certain: several lines could have caused it']
      : []),
    ...(at === undefined ? ['no line: the configuration it came from is not in these files'] : []),
  ];
  const indent = ' '.repeat(Math.min(place.length, 60) + 2);
  return [
    `${colours.cyan(place)}  ${severityColour(severity, colours)(severity)}  ${colours.dim(visibleLine(rule))}  ${words(first)}`,
    ...below.map((line) => `${indent}${line}`),
  ];
}

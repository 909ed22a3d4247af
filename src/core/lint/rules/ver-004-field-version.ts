import { componentsOf } from '../../collector/pipelines.ts';
import type { Component } from '../../collector/pipelines.ts';
import type { EffectiveConfig } from '../../collector/effective-config.ts';
import { invalidKeys } from '../../collector/errors/invalid-keys.ts';
import { wrongType } from '../../collector/errors/wrong-type.ts';
import type { FieldVerdict } from '../../collector/field-verdict.ts';
import { valueMistakes } from '../../collector/values/index.ts';
import { isList, isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import type { Recipient } from '../recipients.ts';
import type { LintInput, Rule } from '../rule.ts';
import { versionFindings } from '../version-findings.ts';
import type { VersionCheck, VersionProblem } from '../version-findings.ts';

/** The check for keys of components that a version does not know. */
export const fieldVersion: VersionCheck = {
  rule: 'VER-004',
  problems: (config, recipient, input) => walkKeys(config, recipient, input, unknownKey),
  otelcolMessage: (found) =>
    found
      .map(({ path, subject }) => invalidKeys.print({ under: parentOf(path), keys: [subject] }))
      .join('\n'),
  fixes: () => [],
};

/** The check for values of a kind that the key does not take. */
export const valueVersion: VersionCheck = {
  rule: 'VER-004',
  verb: 'refused by',
  problems: (config, recipient, input) => walkKeys(config, recipient, input, wrongKind),
  otelcolMessage: (found) =>
    found
      .flatMap(({ path, expected, got }: ValueProblem) =>
        expected === undefined || got === undefined
          ? []
          : [
              wrongType.print({
                path: path.slice(2).join('.'),
                expected: GO_KIND[expected] ?? expected,
                got,
              }),
            ],
      )
      .join('\n'),
  fixes: () => [],
};

export const fieldVersionRule: Rule = {
  id: 'VER-004',
  severity: 'error',
  summary:
    "A key of a component that the agent's version does not know, or a value of a kind it does not take",
  docs:
    'The collector reads configs strictly: a key that a component does not have, or a text where it wants a number, and it refuses the whole config. What keys there are is read from the components of each version; where only ' +
    'versions around it were read, or no version was compiled, the finding is a warning.',
  check: (input) =>
    [fieldVersion, valueVersion].flatMap((check) =>
      versionFindings(check, input).map(({ finding }) => finding),
    ),
};

interface ValueProblem extends VersionProblem {
  readonly expected?: string;
  readonly got?: string;
}

type Judge = (
  path: readonly string[],
  value: Json,
  component: Component,
  recipient: Recipient,
  input: LintInput,
  config: EffectiveConfig,
) => ValueProblem | undefined;

/** Judges every key of every component from the outside in; below a key that has a problem nothing more is asked. */
function walkKeys(
  config: EffectiveConfig,
  recipient: Recipient,
  input: LintInput,
  judge: Judge,
): readonly VersionProblem[] {
  const found: VersionProblem[] = [];
  const visit = (value: Json, path: readonly string[], component: Component): void => {
    const children: readonly (readonly [string, Json])[] = isMap(value)
      ? Object.entries(value)
      : isList(value)
        ? value.map((item: Json, index) => [String(index), item])
        : [];
    for (const [key, child] of children) {
      const here = [...path, key];
      // Switches of metrics have a rule of their own.
      if (component.class === 'receivers' && path.at(-1) === 'metrics') continue;
      const problem = isList(value) ? undefined : judge(here, child, component, recipient, input, config);
      if (problem === undefined) visit(child, here, component);
      else found.push(problem);
    }
  };
  for (const component of componentsOf(config.tree)) {
    visit(component.body, [component.class, component.id], component);
  }
  return found;
}

function unknownKey(
  path: readonly string[],
  _value: Json,
  component: Component,
  { collector }: Recipient,
  { catalogue }: LintInput,
): VersionProblem | undefined {
  const verdict = catalogue.field(path, collector);
  if (verdict.verdict !== 'absent') return undefined;
  return {
    path,
    component,
    subject: path.at(-1) ?? '',
    certainty: verdict.certainty,
    ...absence(verdict),
  };
}

function absence(
  verdict: Extract<FieldVerdict, { readonly verdict: 'absent' }>,
): Pick<VersionProblem, 'since' | 'agentSince' | 'note'> {
  if (verdict.reason === 'too-new') {
    const { since, agentSince } = verdict;
    return { since, ...(agentSince !== undefined && { agentSince }) };
  }
  if (verdict.reason === 'removed') return { note: `removed after collector ${verdict.last}` };
  return verdict.suggestion === undefined ? {} : { note: `did you mean \`${verdict.suggestion}\`?` };
}

function wrongKind(
  path: readonly string[],
  value: Json,
  component: Component,
  { collector }: Recipient,
  { catalogue }: LintInput,
  { tree }: EffectiveConfig,
): ValueProblem | undefined {
  const verdict = catalogue.value(path, value, collector);
  if (verdict.verdict !== 'refuses') return undefined;
  // What the component's own check says of it is told in its words (CFG-015).
  const limited = verdict.words !== undefined || verdict.least !== undefined;
  const own = limited ? valueMistakes(component, tree, collector, catalogue) : [];
  const at = path.slice(2).join('\n');
  if (own.some(({ below }) => below.join('\n') === at)) return undefined;
  return {
    path,
    component,
    subject: path.slice(2).join('.'),
    certainty: verdict.certainty,
    note: `it takes ${wanted(verdict)}, and this is ${gotText(value)}`,
    ...(verdict.words === undefined &&
      verdict.least === undefined && { expected: verdict.expected, got: goKind(value) }),
  };
}

/** The words of the collector for a kind. */
const GO_KIND: Readonly<Record<string, string>> = { text: 'string', 'plain list': 'slice' };

function wanted({
  expected,
  words,
  least,
}: {
  readonly expected: string;
  readonly words?: readonly string[];
  readonly least?: number;
}): string {
  if (words !== undefined) return orWords(words);
  if (least === 1) return expected === 'duration' ? 'a duration above zero' : 'a number above zero';
  if (least !== undefined) return 'nothing below zero';
  return WANTED[expected] ?? `a ${expected}`;
}

function orWords(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  return [quoted.slice(0, -1).join(', '), ...quoted.slice(-1)].filter((part) => part !== '').join(' or ');
}

const WANTED: Readonly<Record<string, string>> = {
  bool: 'true or false',
  int: 'a whole number',
  float: 'a number',
  duration: 'a duration such as `10s`',
  string: 'text',
  text: 'text',
  struct: 'a map of keys',
  map: 'a map of keys',
  list: 'a list',
  'plain list': 'a list',
  'list of struct': 'a list of maps',
};

function gotText(value: Json): string {
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a map';
  return typeof value === 'string' ? `the text \`${value.slice(0, 60)}\`` : `\`${String(value)}\``;
}

function goKind(value: Json): string {
  if (isList(value)) return 'slice';
  if (isMap(value)) return 'map';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'int';
}

/** The name of the map that a key stands in; empty for the component itself. */
function parentOf(path: readonly string[]): string {
  return path.length > 3 ? (path.at(-2) ?? '') : '';
}

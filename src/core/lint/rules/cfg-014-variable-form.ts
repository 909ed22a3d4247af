import { environment } from '../../collector/errors/environment.ts';
import type { Json } from '../../document/node.ts';
import { isMap } from '../../document/node.ts';
import type { RenderedConfiguration } from '../../resources/rendered.ts';
import { wholeConfigs } from '../config-finding.ts';
import type { ConfigMistake } from '../config-finding.ts';
import { replaceOnLine, writtenAt } from '../line-edits.ts';
import type { LintInput, Rule } from '../rule.ts';

export const variableFormRule: Rule = {
  id: 'CFG-014',
  severity: 'error',
  summary: 'A variable that is not written as the collector reads variables',
  docs:
    'Variables are `${env:NAME}` or `${NAME}`, a default stands behind `:-` (0.110). A name that is none stops the collector; `$NAME` without braces has not been expanded since 0.104 and stays as it is (a warning). ' +
    'A dollar sign that is meant as such is written `$$`, so a group of a pattern is `$${1}`. What a control plane renders is not judged for missing braces: its agents know their own.',
  check: (input) => wholeConfigs(input, ({ tree }, rendered) => inValue(tree, [], rendered, input)),
};

function inValue(
  value: Json,
  path: readonly string[],
  rendered: RenderedConfiguration,
  input: LintInput,
): readonly ConfigMistake[] {
  if (typeof value === 'string') return value.includes('$') ? inText(value, path, rendered, input) : [];
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index) => inValue(item, [...path, String(index)], rendered, input));
  }
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => inValue(child, [...path, key], rendered, input));
}

/** Keys whose texts have dollar signs of their own: patterns, what replaces them, statements. */
const OWN_DOLLARS =
  /^(?:regex|pattern|replacement|expr|expression|statements?|conditions?|if|format|layout|line_start_pattern|line_end_pattern|query|sql|\d+)$/;

const FORMS = /\$\$|\$\{([^{}]*)\}|\$([A-Z_][A-Z0-9_]+)(?![A-Za-z0-9_])/g;

function inText(
  text: string,
  path: readonly string[],
  rendered: RenderedConfiguration,
  input: LintInput,
): readonly ConfigMistake[] {
  return [...text.matchAll(FORMS)].flatMap(([whole, braced, bare]): readonly ConfigMistake[] => {
    if (braced !== undefined) return badName(whole, braced, path, rendered, input);
    if (bare === undefined || rendered.resource !== undefined) return [];
    if (path.some((step) => OWN_DOLLARS.test(step)) && text !== whole) return [];
    return [
      {
        rule: variableFormRule.id,
        severity: 'warning',
        path,
        message: `\`${whole}\` is not expanded: since collector 0.104 only \`\${env:${bare}}\` is`,
        fixes: [replace(whole, `\${env:${bare}}`, path, rendered, input)],
      },
    ];
  });
}

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function badName(
  whole: string,
  content: string,
  path: readonly string[],
  rendered: RenderedConfiguration,
  input: LintInput,
): readonly ConfigMistake[] {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):(?!-)/.exec(content)?.[1];
  if (scheme !== undefined && scheme !== 'env') return [];
  const name = (scheme === undefined ? content : content.slice('env:'.length)).replace(/:-.*$/s, '');
  if (NAME.test(name)) return [];
  const { how, meant } = advice(whole, name, scheme);
  return [
    {
      rule: variableFormRule.id,
      severity: 'error',
      path,
      message: `\`${whole}\` names no variable; ${how}`,
      otelcolMessage: environment.print({ name }),
      ...(meant !== undefined && { fixes: [replace(whole, meant, path, rendered, input)] }),
    },
  ];
}

function advice(whole: string, name: string, scheme: string | undefined): { how: string; meant?: string } {
  const [, own, rest] = /^([A-Za-z_][A-Za-z0-9_]*):(.*)$/s.exec(name) ?? [];
  if (own !== undefined) {
    const meant = `\${env:${own}:-${rest ?? ''}}`;
    return { how: `a default stands behind \`:-\`, as in \`${meant}\``, meant };
  }
  if (scheme !== undefined || /^[A-Za-z]/.test(name)) {
    return { how: 'names have letters, digits and `_` only' };
  }
  return { how: 'a dollar sign that is meant as such is written `$$`', meant: `$$${whole.slice(1)}` };
}

function replace(
  from: string,
  to: string,
  path: readonly string[],
  { config }: RenderedConfiguration,
  { head }: LintInput,
): NonNullable<ConfigMistake['fixes']>[number] {
  const at = writtenAt(config, path);
  const edits = at && replaceOnLine(at, from, to, head.repository.texts);
  return { title: `write \`${to}\``, ...(at && { at }), ...(edits && { edits }) };
}

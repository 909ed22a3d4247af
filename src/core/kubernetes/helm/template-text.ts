import { emitYaml } from '../../document/emit.ts';
import { goFloat } from '../../document/go-scalar.ts';
import { parseYaml } from '../../document/yaml.ts';
import { isEmpty, pick, tracedNode } from '../traced.ts';
import type { Origin, Traced } from '../traced.ts';
import { fullName, labelName, namespaceOf } from './chart-context.ts';
import type { ChartContext, TemplateContext } from './chart-context.ts';

/** A config after its templates were evaluated, and the keys whose templates are not understood here (they keep their text). */
export interface EvaluatedTemplates {
  readonly config: Traced;
  readonly unrendered: readonly string[];
}

/**
 * Evaluates `{{ … }}` in the texts of a config as the chart's `tpl (toYaml $config)` does. Understood: literals in backquotes or double quotes, comments,
 * `.Release.Name`, `.Release.Namespace`, `.Release.Service`, `.Chart.Name|Version|AppVersion`, `.Values.<path>` to a scalar, the chart's own
 * `include "opentelemetry-collector.fullname|name|namespace" .`, and behind a bar `quote`, `squote`, `lower`, `upper`, `trim` and
 * `default`. Any other template is told and left as it stands.
 */
export function evaluateTemplates(config: Traced, context: TemplateContext): EvaluatedTemplates {
  const unrendered: string[] = [];
  const visit = (value: Traced, path: string): Traced => {
    if (value.kind === 'list') {
      return { ...value, items: value.items.map((item, index) => visit(item, `${path}[${index}]`)) };
    }
    if (value.kind === 'map') {
      const entries = [...value.entries].map(([key, item]): [string, Traced] => {
        const below = path === '' ? key : `${path}.${key}`;
        if (key.includes('{{')) unrendered.push(told(below, key));
        return [key, visit(item, below)];
      });
      return { ...value, entries: new Map(entries) };
    }
    if (typeof value.value !== 'string' || !value.value.includes('{{')) return value;
    const made = evaluateScalar(value.value, context, value.origin);
    if (made === undefined) unrendered.push(told(path, value.value));
    return made ?? value;
  };
  return { config: visit(config, ''), unrendered };
}

function told(path: string, text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return `config.${path}: only Helm can evaluate the template ${JSON.stringify(shown)}; it stands as it is written.`;
}

/** Helm evaluates the text of the whole config: what comes out is read as YAML again, between the quotes that stood around it. */
function evaluateScalar(text: string, context: TemplateContext, origin: Origin): Traced | undefined {
  const evaluated = evaluateText(emitYaml({ v: text }), context);
  if (evaluated === undefined) return undefined;
  const { documents, findings } = parseYaml('template', evaluated);
  const root = documents[0]?.root;
  if (findings.length > 0 || documents.length !== 1 || root === undefined) return undefined;
  const made = pick(tracedNode(root), 'v');
  return made === undefined ? undefined : relocated(made, origin);
}

function relocated(value: Traced, origin: Origin): Traced {
  if (value.kind === 'scalar') return { ...value, origin };
  if (value.kind === 'list') {
    return { ...value, items: value.items.map((item) => relocated(item, origin)), origin };
  }
  const entries = [...value.entries].map(([key, item]): [string, Traced] => [key, relocated(item, origin)]);
  return { kind: 'map', entries: new Map(entries), origin };
}

const ACTION =
  /(?:(\s*)\{\{-(?=\s)|\{\{)((?:`[^`]*`|"(?:[^"\\]|\\.)*"|[^`"}]|\}(?!\}))*?)(?:(?<=\s)-\}\}(\s*)|\}\})/g;

/** The text with all its actions evaluated; undefined when one of them is not understood. */
function evaluateText(text: string, context: TemplateContext): string | undefined {
  let understood = true;
  const made = text.replaceAll(ACTION, (_all, _before: unknown, body: string) => {
    const value = evaluateAction(body.trim(), context);
    if (value === undefined) understood = false;
    return value ?? '';
  });
  // An action that the pattern does not even find is not understood either; what literals bring in is text.
  const rest = text.replaceAll(ACTION, '');
  return understood && !rest.includes('{{') ? made : undefined;
}

function evaluateAction(body: string, context: TemplateContext): string | undefined {
  if (/^\/\*[\s\S]*\*\/$/.test(body)) return '';
  const [first = '', ...pipes] = splitPipes(body);
  let value = operand(first.trim(), context);
  for (const pipe of pipes) {
    if (value === undefined) return undefined;
    value = piped(pipe.trim(), value, context);
  }
  return value === undefined ? undefined : printed(value);
}

/** Parts between bars that are in no quotes. */
function splitPipes(body: string): readonly string[] {
  return body.match(/(?:`[^`]*`|"(?:[^"\\]|\\.)*"|[^|`"])+/g) ?? [];
}

type Scalar = Extract<Traced, { kind: 'scalar' }>['value'];

function operand(text: string, context: TemplateContext): Scalar | undefined {
  const literal = literalOf(text);
  if (literal !== undefined) return literal;
  const include = /^include\s+"opentelemetry-collector\.(fullname|name|namespace)"\s+[.$]$/.exec(text)?.[1];
  const { values } = context;
  if (include !== undefined && values !== undefined) return INCLUDED[include]?.({ ...context, values });
  return fieldOf(/^\$?((?:\.[A-Za-z_][A-Za-z0-9_]*)+)$/.exec(text)?.[1]?.slice(1).split('.') ?? [], context);
}

const INCLUDED: Readonly<Record<string, (context: Omit<ChartContext, 'mode'>) => string>> = {
  fullname: fullName,
  name: labelName,
  namespace: namespaceOf,
};

function literalOf(text: string): string | undefined {
  if (/^`[^`]*`$/.test(text)) return text.slice(1, -1);
  return /^"[^"\\]*"$/.test(text) ? text.slice(1, -1) : undefined;
}

function fieldOf(path: readonly string[], context: TemplateContext): Scalar | undefined {
  const [root, ...rest] = path;
  if (root === 'Values') {
    if (context.values === undefined) return undefined;
    const found = pick(context.values, ...rest);
    // A key that a map does not have is nothing; behind nothing Helm stops.
    if (found === undefined && pick(context.values, ...rest.slice(0, -1))?.kind === 'map') return null;
    return found?.kind === 'scalar' ? found.value : undefined;
  }
  return KNOWN_FIELDS[path.join('.')]?.(context);
}

const KNOWN_FIELDS: Readonly<Record<string, (context: TemplateContext) => string>> = {
  'Release.Name': ({ release }) => release.name,
  'Release.Namespace': ({ release }) => release.namespace,
  'Release.Service': () => 'Helm',
  'Chart.Name': ({ chartName }) => chartName,
  'Chart.Version': ({ chartVersion }) => chartVersion,
  'Chart.AppVersion': ({ appVersion }) => appVersion,
};

function piped(pipe: string, value: Scalar, context: TemplateContext): Scalar | undefined {
  const fallback = /^default\s+(\S[\s\S]*)$/.exec(pipe)?.[1];
  if (fallback !== undefined) {
    return isEmpty({ kind: 'scalar', value, origin: {} }) ? operand(fallback.trim(), context) : value;
  }
  const text = printed(value);
  if (pipe === 'quote') return JSON.stringify(text);
  if (pipe === 'squote') return `'${text}'`;
  if (pipe === 'lower') return text.toLowerCase();
  if (pipe === 'upper') return text.toUpperCase();
  return pipe === 'trim' ? text.trim() : undefined;
}

/** As Go prints it: whole numbers from a million on with an exponent (values of a file are floats there), nothing for null. */
function printed(value: Scalar): string {
  if (value === null) return '';
  return typeof value === 'number' ? goFloat(value) : String(value);
}

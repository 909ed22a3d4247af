import { isMap } from '../../document/node.ts';
import type { JsonMap } from '../../document/node.ts';
import { isAtLeast } from '../version.ts';
import { atKey, isGiven, isThere, mapOf } from './value-mistake.ts';
import type { Checked, ValueCheck, ValueMistake } from './value-mistake.ts';

/** contrib internal/filter/filterconfig: what `include` and `exclude` may name depends on the pipeline's signal. */
export const matchValues: ValueCheck = {
  of: ['processors/attributes', 'processors/span'],
  check: ({ body, signals }) =>
    ['include', 'exclude'].flatMap((side) => {
      const properties = body[side];
      if (!isMap(properties)) return [];
      const why = signals.map((signal) => MATCHING[signal]?.(properties)).find((said) => said !== undefined);
      if (why === undefined) return [];
      return atKey(side, why, signals.includes('metrics') ? { since: METRIC_MATCHING } : {});
    }),
};

/** Before, what metrics do not have was left out of account. */
const METRIC_MATCHING = '0.128.0';

const MATCHING: Readonly<Record<string, (properties: JsonMap) => string | undefined>> = {
  traces: (properties) => {
    const wrong = ['log_bodies', 'log_severity_texts', 'log_severity_number', 'metric_names'].find((key) =>
      isNamed(properties, key),
    );
    if (wrong !== undefined) return `${wrong} should not be specified for trace spans`;
    return ['services', 'span_names', 'attributes', 'libraries', 'resources', 'span_kinds'].some((key) =>
      isNamed(properties, key),
    )
      ? undefined
      : 'at least one of "attributes", "libraries",  or "resources" field must be specified';
  },
  logs: (properties) => {
    if (['span_names', 'services', 'span_kinds', 'metric_names'].some((key) => isNamed(properties, key))) {
      return 'services, span_names, span_kinds and metric_names are not valid for log records';
    }
    const keys = [
      'attributes',
      'libraries',
      'resources',
      'log_bodies',
      'log_severity_texts',
      'log_severity_number',
    ];
    return keys.some((key) => isNamed(properties, key))
      ? undefined
      : 'at least one of "attributes", "libraries", "span_kinds", "resources", "log_bodies", "log_severity_texts" or "log_severity_number" field must be specified';
  },
  metrics: (properties) => {
    const wrong = [
      'log_bodies',
      'log_severity_texts',
      'span_names',
      'services',
      'span_kinds',
      'attributes',
      'libraries',
      'log_severity_number',
    ];
    if (wrong.some((key) => isNamed(properties, key))) {
      return '"span_names", "span_kinds", "log_bodies", "log_severity_texts", "log_severity_number", "services", "attributes" and "libraries" are not valid for metrics';
    }
    return isNamed(properties, 'metric_names') || isNamed(properties, 'resources')
      ? undefined
      : 'at least one of "metric_names" or "resources" field must be specified';
  },
};

/** A severity counts when its block is there, a list when something is in it. */
function isNamed(properties: JsonMap, key: string): boolean {
  return key === 'log_severity_number' ? isThere(properties[key]) : isGiven(properties[key]);
}

const STATUS = ['Ok', 'Error', 'Unset'];

/** contrib processor/spanprocessor, when it is made. */
export const spanValues: ValueCheck = {
  of: ['processors/span'],
  check: ({ body, signals }) => {
    if (!signals.includes('traces')) return [];
    const { status } = body;
    const name = mapOf(body['name']);
    if (
      !isGiven(name['from_attributes']) &&
      !isGiven(mapOf(name['to_attributes'])['rules']) &&
      !isThere(status)
    ) {
      const why =
        'error creating "span" processor: either "from_attributes" or "to_attributes" must be specified in "name:" or "setStatus" must be specified';
      return atKey('name', why);
    }
    if (!isMap(status)) return [];
    const code = status['code'] ?? '';
    if (typeof code !== 'string' || code.includes('$')) return [];
    const at = (key: string, why: string): readonly ValueMistake[] => [
      { below: ['status', key], under: [], why: `error creating "span" processor: ${why}` },
    ];
    if (!STATUS.includes(code)) {
      return at('code', '"status" must have specified "code" as "Ok" or "Error" or "Unset"');
    }
    return isGiven(status['description']) && code !== 'Error'
      ? at('description', '"description" can be specified only for "code" "Error"')
      : [];
  },
};

interface Contexts {
  readonly signal: string;
  readonly plural: string;
  readonly matched: string;
  readonly contexts: readonly string[];
}

const CONTEXTS: readonly Contexts[] = [
  { signal: 'traces', plural: 'spans', matched: 'spans', contexts: ['span', 'spanevent'] },
  { signal: 'metrics', plural: 'metrics', matched: 'metrics', contexts: ['metric', 'datapoint'] },
  { signal: 'logs', plural: 'logs', matched: 'logs', contexts: ['log_record'] },
];

/** Since then conditions on resources exclude the older matching too, and the words are others (contrib processor/filterprocessor). */
const RESOURCE_CONDITIONS = '0.146.0';

/** contrib processor/filterprocessor, `Config.Validate`: ways to say what is dropped that exclude each other. */
export const filterValues: ValueCheck = {
  of: ['processors/filter'],
  check: (component) => CONTEXTS.flatMap((one) => mixed(one, component)).slice(0, 1),
};

function mixed(
  { signal, plural, matched, contexts }: Contexts,
  { body, version }: Checked,
): readonly ValueMistake[] {
  const newer = version === undefined || isAtLeast(version, RESOURCE_CONDITIONS);
  const conditions = mapOf(body[signal]);
  const names = newer ? ['resource', ...contexts] : contexts;
  const older = mapOf(body[matched]);
  const sides = ['include', 'exclude'].filter((side) => isThere(older[side]));
  const inferred = `${plural === 'spans' ? 'trace' : plural.slice(0, -1)}_conditions`;
  const used = names.filter((name) => isThere(conditions[name]));
  const quoted = (from: string, keys: readonly string[]): readonly string[] =>
    keys.map((key) => `"${from}.${key === 'log_record' ? 'log' : key}"`);
  if (isThere(body[inferred]) && (used.length > 0 || (signal !== 'traces' && sides.length > 0))) {
    const rest = signal === 'traces' ? [] : quoted(matched, ['include', 'exclude']);
    const settings = [...quoted(signal, ['resource', ...contexts]), ...rest].join(', ');
    const why = `cannot use context inferred ${inferred.replace('_', ' ')} "${inferred}" and the settings ${settings} at the same time`;
    return atKey(inferred, why);
  }
  if (used.length === 0 || sides.length === 0) return [];
  const why = newer
    ? `cannot use ${quoted(signal, names).join(', ')} and the ${signal === 'traces' ? 'span ' : ''}settings ${quoted(matched, ['include', 'exclude']).join(', ')} at the same time`
    : `cannot use ottl conditions and include/exclude for ${plural} at the same time`;
  return [{ below: [matched, sides[0] ?? ''], under: [], why }];
}

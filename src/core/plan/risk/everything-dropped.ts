import { componentType } from '../../collector/component-id.ts';
import type { ComponentClass } from '../../collector/component-id.ts';
import { pipelinesOf } from '../../collector/pipelines.ts';
import { bodiesOf } from '../../diff/config-model.ts';
import type { ConfigModel } from '../../diff/config-model.ts';
import { isList, isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import { nameIn, reason } from './subject.ts';
import type { RiskMember } from './subject.ts';

const rule = 'RSK-005';

/** A component that lets nothing of a signal pass, and why. */
interface Dropper {
  readonly class: ComponentClass;
  readonly id: string;
  readonly signal: string;
  /** ` drops every …: why`. */
  readonly words: string;
}

/** Such a config is applied and healthy; nobody but this says that nothing arrives. */
export const everythingDropped: RiskMember = {
  id: rule,
  summary: 'A filter, sampler or route lets nothing pass',
  check: (subject) => {
    const { comparison, isNew } = subject;
    const known = new Set((isNew ? [] : droppersOf(comparison.before)).map(identity));
    return droppersOf(comparison.after)
      .filter((dropper) => !known.has(identity(dropper)))
      .map(({ class: cls, id, words }) =>
        reason(
          subject,
          { rule, level: 'high', message: `\`${nameIn(comparison, cls, id)}\` ${words}` },
          { class: cls, id },
        ),
      );
  },
};

function identity({ class: cls, id, signal }: Dropper): string {
  return [cls, id, signal].join('\n');
}

function droppersOf(model: ConfigModel): readonly Dropper[] {
  const processors = bodiesOf(model, 'processors');
  const connectors = bodiesOf(model, 'connectors');
  const found = new Map<string, Dropper>();
  const note = (cls: ComponentClass, id: string, signal: string, words: string | undefined): void => {
    const dropper = words === undefined ? undefined : { class: cls, id, signal, words };
    if (dropper !== undefined) found.set(identity(dropper), dropper);
  };
  for (const { signal, ...pipeline } of pipelinesOf(model.tree)) {
    if (signal === undefined) continue;
    for (const id of pipeline.processors) {
      note('processors', id, signal, dropped(id, processors.get(id), signal));
    }
    for (const id of pipeline.exporters) note('connectors', id, signal, unrouted(id, connectors.get(id)));
  }
  return [...found.values()];
}

const NOUNS: Readonly<Record<string, string>> = {
  logs: 'log record',
  metrics: 'metric',
  traces: 'span',
  profiles: 'profile',
};

function dropped(id: string, value: Json | undefined, signal: string): string | undefined {
  const body = isMap(value) ? value : {};
  const every = `drops every ${NOUNS[signal] ?? signal}`;
  switch (componentType(id)) {
    case 'filter': {
      const condition = conditionsOf(body, signal).find(isAlwaysTrue);
      return condition === undefined ? undefined : `${every}: \`${condition}\` is always true`;
    }
    case 'probabilistic_sampler':
      return body['sampling_percentage'] === 0 ? `${every}: it keeps 0 %` : undefined;
    // A processor of the BindPlane agent.
    case 'sampling': {
      const { condition = 'true', drop_ratio: ratio } = body;
      return ratio === 1 && typeof condition === 'string' && isAlwaysTrue(condition)
        ? `${every}: it drops 100 %`
        : undefined;
    }
    case 'tail_sampling': {
      const { policies } = body;
      const none = policies === undefined || policies === null || (isList(policies) && policies.length === 0);
      return none && signal === 'traces' ? `${every}: it has no policy that keeps one` : undefined;
    }
    default:
      return undefined;
  }
}

function unrouted(id: string, value: Json | undefined): string | undefined {
  if (componentType(id) !== 'routing' || value === undefined) return undefined;
  const body = isMap(value) ? value : {};
  const isEmpty = (list: Json | undefined): boolean =>
    list === undefined || list === null || (isList(list) && list.length === 0);
  return isEmpty(body['table']) && isEmpty(body['default_pipelines'])
    ? 'sends nothing on: it has neither routes nor default pipelines'
    : undefined;
}

/** Blocks and keys of the filter processor with conditions that drop whole items of a signal, in its older and newer forms. */
const CONDITIONS: Readonly<Record<string, { readonly keys: readonly string[]; readonly flat: string }>> = {
  logs: { keys: ['log_record'], flat: 'log_conditions' },
  metrics: { keys: ['metric', 'datapoint'], flat: 'metric_conditions' },
  traces: { keys: ['span'], flat: 'trace_conditions' },
  profiles: { keys: ['profile'], flat: 'profile_conditions' },
};

function conditionsOf(body: JsonMap, signal: string): readonly string[] {
  const known = CONDITIONS[signal];
  if (known === undefined) return [];
  const block = body[signal];
  const exclude = isMap(block) ? block['exclude'] : undefined;
  return [
    ...(isMap(block) ? known.keys.flatMap((key) => texts(block[key])) : []),
    ...(isList(body[known.flat]) ? conditionTexts(body[known.flat]) : []),
    ...(isMap(exclude) && exclude['match_type'] === 'regexp'
      ? ['bodies', 'metric_names', 'span_names', 'services'].flatMap((key) =>
          texts(exclude[key]).map((pattern) => `IsMatch(${key}, "${pattern}")`),
        )
      : []),
  ];
}

/** Conditions alone, or in groups with a context of their own. */
function conditionTexts(value: Json | undefined): readonly string[] {
  return (isList(value) ? value : []).flatMap((item) =>
    isMap(item) ? texts(item['conditions']) : texts([item]),
  );
}

function texts(value: Json | undefined): readonly string[] {
  return isList(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Whether an OTTL condition holds for everything: `true`, `not false`, a pattern that every text matches, or one of these after `or`. */
export function isAlwaysTrue(condition: string): boolean {
  if (
    condition.includes('"') ? / and /i.test(condition.replaceAll(/"[^"]*"/g, '')) : / and /i.test(condition)
  ) {
    return false;
  }
  return alternatives(condition).some((part) => {
    const text = part
      .trim()
      .replace(/^\((.*)\)$/s, '$1')
      .trim();
    return (
      /^(?:true|not\s+false|1\s*==\s*1)$/i.test(text) ||
      /^IsMatch\(\s*[^,"]{1,200},\s*"(?:\(\?[ims]+\))?\^?(?:\.\*)?\$?"\s*\)$/.test(text)
    );
  });
}

/** Parts between top-level `or`s; texts in quotes stay whole. */
function alternatives(condition: string): readonly string[] {
  const quoted: string[] = [];
  const bare = condition.replaceAll(/"(?:[^"\\]|\\.)*"/g, (text) => `"${quoted.push(text) - 1}"`);
  return bare
    .split(/\s+or\s+/i)
    .map((part) => part.replaceAll(/"(\d+)"/g, (_all, index) => quoted[Number(index)] ?? ''));
}

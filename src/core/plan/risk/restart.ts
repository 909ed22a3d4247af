import { componentType } from '../../collector/component-id.ts';
import { pipelinesOf } from '../../collector/pipelines.ts';
import type { Pipeline } from '../../collector/pipelines.ts';
import { bodiesOf } from '../../diff/config-model.ts';
import type { ConfigModel } from '../../diff/config-model.ts';
import { isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import { nameIn, names, reason } from './subject.ts';
import type { RiskMember, RiskSubject } from './subject.ts';

/** The rule of what every change costs; reports draw it together. */
export const RESTART_RULE = 'RSK-009';

/** What a kind of component loses when its collector restarts; `words` follow the components' names. */
interface Loss {
  readonly class: 'receivers' | 'processors' | 'exporters' | 'connectors';
  readonly words: string;
  applies(type: string, body: JsonMap): boolean;
}

/**
 * Every change of a config restarts all its pipelines (reference/collector.md §3.11); what that costs depends on what keeps state in memory
 * (reference/rollouts.md §7 #6). Batches, and traces for which nothing waits, are flushed and lose nothing.
 */
const LOSSES: readonly Loss[] = [
  {
    class: 'processors',
    words: 'decides early on the traces it holds, or loses them',
    applies: isType('tail_sampling'),
  },
  { class: 'processors', words: 'lets go of incomplete traces', applies: isType('groupbytrace') },
  {
    class: 'processors',
    words: 'starts its sums and differences again',
    applies: isType('cumulative_to_delta', 'delta_to_cumulative', 'delta_to_rate', 'metric_start_time'),
  },
  {
    class: 'processors',
    words: 'loses what it has gathered since it last emitted',
    applies: isType('interval', 'log_dedup'),
  },
  {
    class: 'connectors',
    words: 'starts its counters at zero',
    applies: isType('span_metrics', 'service_graph'),
  },
  {
    class: 'receivers',
    words: 'has no `storage` and reads its files again from the beginning',
    applies: (type, body) =>
      isType('file_log')(type) && withoutStorage(body) && body['start_at'] === 'beginning',
  },
  {
    class: 'receivers',
    words: 'has no `storage` and skips what is written meanwhile',
    applies: (type, body) =>
      isType('file_log', 'journald', 'windows_event_log')(type) &&
      withoutStorage(body) &&
      body['start_at'] !== 'beginning',
  },
  {
    class: 'receivers',
    words: 'leaves and joins its consumer group: partitions are dealt again',
    applies: isType('kafka'),
  },
  { class: 'receivers', words: 'reads the whole state of the cluster again', applies: isType('k8s_cluster') },
  { class: 'receivers', words: 'may repeat or miss events', applies: isType('k8s_events', 'k8s_objects') },
  {
    class: 'receivers',
    words: 'loses datagrams that come meanwhile',
    applies: (type, body) =>
      isType('statsd', 'udp_log', 'netflow', 'collectd')(type) || (type === 'syslog' && isMap(body['udp'])),
  },
  {
    class: 'exporters',
    words: 'keeps its queue in memory: what the other end does not take at once is lost',
    applies: (_type, body) => queueInMemory(body['sending_queue']),
  },
];

export const restart: RiskMember = {
  id: RESTART_RULE,
  summary: 'What the restart of all pipelines loses, which every change of a config brings',
  check: (subject) => (subject.isNew || !subject.differs ? [] : losses(subject)),
};

function losses(subject: RiskSubject): ReturnType<RiskMember['check']> {
  const { before } = subject.comparison;
  const pipelines = pipelinesOf(before.tree);
  const running = {
    receivers: idsOf(pipelines, 'receivers'),
    processors: idsOf(pipelines, 'processors'),
    exporters: idsOf(pipelines, 'exporters'),
    connectors: idsOf(pipelines, 'exporters'),
  };
  return LOSSES.flatMap((loss) => {
    const ids = having(before, loss).filter((id) => running[loss.class].has(id));
    if (ids.length === 0) return [];
    const shown = names(ids.map((id) => nameIn(subject.comparison, loss.class, id)));
    const message = `${ids.length === 1 ? shown : `each of ${shown}`} ${loss.words}`;
    return [reason(subject, { rule: RESTART_RULE, level: 'low', message })];
  });
}

function having(model: ConfigModel, loss: Loss): readonly string[] {
  return [...bodiesOf(model, loss.class)]
    .filter(([id, body]) => loss.applies(componentType(id), isMap(body) ? body : {}))
    .map(([id]) => id);
}

function idsOf(
  pipelines: readonly Pipeline[],
  list: 'receivers' | 'processors' | 'exporters',
): ReadonlySet<string> {
  return new Set(pipelines.flatMap((pipeline) => pipeline[list]));
}

function isType(...types: readonly string[]): (type: string) => boolean {
  const known = new Set(types);
  return (type) => known.has(type);
}

function withoutStorage(body: JsonMap): boolean {
  return body['storage'] === undefined || body['storage'] === null;
}

function queueInMemory(queue: Json | undefined): boolean {
  return isMap(queue) && queue['enabled'] !== false && withoutStorage(queue);
}

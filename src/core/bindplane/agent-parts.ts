import type { SourceRange } from '../document/finding.ts';
import type { Json } from '../document/node.ts';
import type { AgentParts, Pipeline, PlacedComponent } from './assemble.ts';
import type { Item } from './items.ts';
import { understands, type ReceivingAgent } from './receiving-agent.ts';
import { emptyPartials } from './template.ts';
import type { SectionClass, Signal } from './types.ts';

/** The agent form's facts about the Configuration. */
export interface MeasuredConfiguration {
  readonly name: string;
  /** `spec.measurementInterval`; empty: the server's 10 seconds. */
  readonly interval: string;
  /** Where the Configuration stands: the place of everything that is added. */
  readonly at: SourceRange | undefined;
}

/**
 * Snapshot and throughput processors and the agent's own metrics pipeline, as bindplane 1.35.0 adds them
 * (reference/bindplane.md §2.1, reference/lab-bindplane.md §5). Without TLS settings: those stand in the agent's manager.yaml.
 */
export function agentParts(agent: ReceivingAgent, configuration: MeasuredConfiguration): AgentParts {
  const owner = addedItem(configuration.at);
  const place = (cls: SectionClass, id: string, body: Json): PlacedComponent => ({
    id,
    body,
    cls,
    item: owner,
  });
  const snapshots = understands(agent, 'snapshots');
  const measurements = understands(agent, 'measurements');
  const snapshot = (suffix: string): readonly PlacedComponent[] =>
    snapshots ? [place('processors', `snapshotprocessor${suffix}`, null)] : [];
  const measure = (position: string, signal: Signal, name: string): readonly PlacedComponent[] =>
    measurements
      ? [
          place('processors', `throughputmeasurement/_${position}_${signal}_${name}`, {
            enabled: true,
            sampling_ratio: 1,
          }),
        ]
      : [];
  return {
    aroundSource: (source, signal, isFirst) => ({
      before: [...(isFirst ? measure('s0', signal, source) : []), ...snapshot(`/_s0_${source}`)],
      after: isFirst ? measure('s1', signal, source) : [],
    }),
    aroundDestination: (destination, signal) => ({
      before: [...measure('d0', signal, destination), ...snapshot(`/_d0_${destination}`)],
      after: measure('d1', signal, destination),
    }),
    last: snapshot(''),
    pipelines: measurements ? [ownMetrics(agent, configuration, owner, place)] : [],
  };
}

/** The pipeline that carries the throughput counters of one agent to its server. */
function ownMetrics(
  agent: ReceivingAgent,
  configuration: MeasuredConfiguration,
  owner: Item,
  place: (cls: SectionClass, id: string, body: Json) => PlacedComponent,
): Pipeline {
  const scrape: Json = {
    job_name: 'observiq-otel-collector',
    scrape_interval: configuration.interval === '' ? '10s' : configuration.interval,
    static_configs: [
      {
        targets: ['0.0.0.0:8888'],
        labels: { configuration: configuration.name, agent: agent.id },
      },
    ],
    metric_relabel_configs: [
      {
        source_labels: ['__name__'],
        regex: 'otelcol_processor_throughputmeasurement_.*',
        action: 'keep',
      },
    ],
  };
  const exporter: Json = {
    endpoint: `${agent.serverUrl.replace(/\/+$/, '')}/v1/otlphttp`,
    headers: {},
    retry_on_failure: { enabled: false },
    sending_queue: { enabled: false },
  };
  return {
    id: 'metrics/_agent_metrics',
    source: owner,
    destination: owner,
    receivers: [place('receivers', 'prometheus/_agent_metrics', { config: { scrape_configs: [scrape] } })],
    processors: [place('processors', 'batch/_agent_metrics', null)],
    exporters: [place('exporters', 'otlphttp/_agent_metrics', exporter)],
  };
}

/** The item that stands for the server's additions: all of it comes from the Configuration as a whole. */
function addedItem(at: SourceRange | undefined): Item {
  return {
    kind: 'processor',
    name: '_agent',
    given: [],
    partials: emptyPartials(),
    processors: [],
    ...(at !== undefined && { via: at }),
  };
}

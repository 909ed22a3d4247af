import { isAnyAddress, isLoopback } from '../../collector/endpoint.ts';
import type { Destination } from '../../collector/destinations.ts';
import type { Listener } from '../../collector/listeners.ts';
import { listenerWords, takesData } from '../../collector/listeners.ts';
import type { Finding } from '../../document/finding.ts';
import { isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { bodyOf, typedPipelines } from '../pipeline-parts.ts';
import type { TypedPipeline } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import type { Cluster, RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const ownListenerRule: Rule = {
  id: 'PIP-011',
  severity: 'error',
  summary: 'A pipeline that sends to its own receiver',
  docs: 'What leaves comes in again, more each time, until memory or the backend’s bill ends it. It happens when an exporter’s address is that of the collector itself: `localhost` with a port it listens on, a Service whose pods it is one of, a scrape of the `prometheus` exporter in the same pipeline.',
  check: (_input, cluster) => cluster.running.flatMap((one) => [...pushed(one, cluster), ...scraped(one)]),
};

function pushed(running: RunningConfig, cluster: Cluster): readonly Finding[] {
  const pipelines = typedPipelines(running);
  return running.destinations().flatMap((destination): readonly Finding[] => {
    const listener = running
      .listeners()
      .find(
        (candidate) =>
          takesData(candidate) &&
          shareAPipeline(pipelines, candidate.component.id, destination.exporter.id) &&
          leadsTo(destination, candidate, running, cluster),
      );
    if (listener === undefined) return [];
    return [
      runningFinding(running, {
        rule: ownListenerRule.id,
        severity: 'error',
        path: destination.path,
        message: `\`${destination.exporter.id}\` sends to ${listenerWords(listener)} of the same pipeline`,
      }),
    ];
  });
}

function shareAPipeline(pipelines: readonly TypedPipeline[], receiver: string, exporter: string): boolean {
  return pipelines.some(
    ({ pipeline }) => pipeline.receivers.includes(receiver) && pipeline.exporters.includes(exporter),
  );
}

function leadsTo(
  { endpoint, port, exporter }: Destination,
  listener: Listener,
  running: RunningConfig,
  cluster: Cluster,
): boolean {
  const { workload, rendered } = running;
  if (port === undefined || endpoint.host === undefined || !speaksWith(exporter.type, listener)) return false;
  if (isLoopback(endpoint.host)) {
    return port === listener.port && (isLoopback(listener.host) || isAnyAddress(listener.host));
  }
  const namespace = workload?.namespace ?? '';
  if (workload === undefined || namespace === '') return false;
  const service = cluster.serviceFor(endpoint.host, { namespace, file: (rendered.at ?? workload.at).file });
  if (service === undefined || !cluster.servicesOf(workload).includes(service)) return false;
  const target = service.ports.find((candidate) => candidate.port === port)?.targetPort;
  return target === listener.port;
}

/** Whether an exporter's protocol is that of a receiver: any other would be refused, not looped. */
function speaksWith(exporter: string, { component }: Listener): boolean {
  if (exporter.startsWith('otlp') || exporter === 'load_balancing') return component.type === 'otlp';
  return exporter === component.type;
}

/** A `prometheus` receiver that scrapes the `prometheus` exporter of its own pipeline. */
function scraped(running: RunningConfig): readonly Finding[] {
  return typedPipelines(running).flatMap(({ receivers, exporters }) =>
    receivers.flatMap(({ id, type }): readonly Finding[] => {
      if (type !== 'prometheus') return [];
      const targets = staticTargets(bodyOf(running, 'receivers', id)['config']);
      const shown = running
        .listeners()
        .find(
          ({ component, port }) =>
            component.class === 'exporters' &&
            component.type === 'prometheus' &&
            exporters.some((exporter) => exporter.id === component.id) &&
            targets.some(
              (target) =>
                port !== undefined &&
                /^(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):(\d+)$/.exec(target)?.[1] === String(port),
            ),
        );
      if (shown === undefined) return [];
      return [
        runningFinding(running, {
          rule: ownListenerRule.id,
          severity: 'error',
          path: ['receivers', id],
          message: `\`${id}\` scrapes \`${shown.component.id}\` of the same pipeline, so its series come back`,
        }),
      ];
    }),
  );
}

function staticTargets(config: Json | undefined): readonly string[] {
  const jobs = isMap(config) ? config['scrape_configs'] : undefined;
  if (!Array.isArray(jobs)) return [];
  return jobs.flatMap((job: Json) => {
    const groups = isMap(job) ? job['static_configs'] : undefined;
    if (!Array.isArray(groups)) return [];
    return groups.flatMap((group: Json) => {
      const targets = isMap(group) ? group['targets'] : undefined;
      return Array.isArray(targets)
        ? targets.flatMap((target: Json) => (typeof target === 'string' ? [target] : []))
        : [];
    });
  });
}

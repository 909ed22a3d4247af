import { isLoopback } from '../../collector/endpoint.ts';
import { listenerWords } from '../../collector/listeners.ts';
import type { Finding } from '../../document/finding.ts';
import type { Probe } from '../../kubernetes/workload.ts';
import { mapAt } from '../config-finding.ts';
import { bodyOf } from '../pipeline-parts.ts';
import { probePort } from '../ports.ts';
import { readinessFindings } from '../readiness.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { RunningConfig } from '../running.ts';

export const probeRule: Rule = {
  id: 'K8S-023',
  severity: 'error',
  summary: 'A probe that nothing answers, or a gateway without probes',
  docs: 'The kubelet asks the address of the pod: a `health_check` that is not enabled, listens on `localhost` (its default) or has another path does not answer, and the pod is restarted for ever or never gets ready. A gateway without a readiness probe gets data before it can take any (a warning).',
  check: (_input, cluster) => [
    ...cluster.running.flatMap((one) => unanswered(one)),
    ...readinessFindings(probeRule.id, cluster, ({ workload }) => {
      // Charts and the operator make probes by themselves.
      if (workload.made !== undefined) return undefined;
      const specs = workload.containers.flatMap(({ spec, init }) =>
        init || spec === undefined ? [] : [spec],
      );
      if (specs.length === 0 || specs.some(({ probes }) => probes.length > 0)) return undefined;
      return {
        said: 'no probes',
        message: `${workloadWords(workload)} receives from others and has no probes`,
      };
    }),
  ],
};

function unanswered(running: RunningConfig): readonly Finding[] {
  const { container, whole } = running;
  const spec = container?.spec;
  if (!whole || spec === undefined) return [];
  // Two probes with the same question get the same answer.
  const asked = Map.groupBy(
    spec.probes,
    ({ action, path, port }) => `${action} ${String(port)} ${path ?? ''}`,
  );
  return [...asked.values()].flatMap(([probe, ...others]): readonly Finding[] => {
    if (probe === undefined || (probe.action !== 'httpGet' && probe.action !== 'tcpSocket')) return [];
    const why = whyNot(probe, probePort(probe.port, spec), running);
    if (why === undefined) return [];
    // A distribution of somebody's own may have another default.
    const guessed = running.distribution === 'unknown' && why.includes('localhost');
    return [
      {
        rule: probeRule.id,
        severity: guessed ? 'warning' : 'error',
        message: `${[probe, ...others].map(({ kind }) => `\`${kind}\``).join(' and ')}: ${why}`,
        at: probe.at,
        configuration: running.rendered.key,
      },
    ];
  });
}

function whyNot(probe: Probe, port: number | undefined, running: RunningConfig): string | undefined {
  if (port === undefined) {
    return probe.port === undefined
      ? undefined
      : `no port of the container is called \`${String(probe.port)}\``;
  }
  const there = running.listeners().filter((listener) => listener.port === port);
  const [listener] = there;
  if (listener === undefined) {
    // What the table of listeners does not know may listen where the config names the number.
    if (new RegExp(`(?<!\\d)${port}(?!\\d)`).test(running.config.text) || isUnsure(running)) return undefined;
    const configured = Object.keys(mapAt(running.config.tree, 'extensions')).some((id) =>
      id.startsWith('health_check'),
    );
    const state = configured ? 'is configured and not in `service.extensions`' : 'is not in the config';
    return port === 13_133
      ? `nothing answers on port 13133: \`health_check\` ${state}`
      : `nothing in the config listens on port ${port}`;
  }
  if (there.every(({ host }) => isLoopback(host))) {
    return `${listenerWords(listener)} answers on \`localhost:${port}\` only, and the kubelet asks the address of the pod`;
  }
  if (listener.component.type !== 'health_check') return undefined;
  const { path } = bodyOf(running, 'extensions', listener.component.id);
  const own = typeof path === 'string' && path !== '' ? path : '/';
  // A handler of `/` answers every path.
  return own === '/' || own === (probe.path ?? '/') || probe.action === 'tcpSocket'
    ? undefined
    : `\`health_check\` answers \`${own}\`, the probe asks \`${probe.path ?? '/'}\``;
}

function isUnsure(running: RunningConfig): boolean {
  return running.listeners().some(({ port }) => port === undefined);
}

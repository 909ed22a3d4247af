import type { ComponentClass } from '../../collector/component-id.ts';
import { unknownType } from '../../collector/errors/unknown-type.ts';
import { componentsOf } from '../../collector/pipelines.ts';
import { configFinding } from '../config-finding.ts';
import { rendersOf } from '../rule.ts';
import type { Rule } from '../rule.ts';

export const kubeagentComponentRule: Rule = {
  id: 'KMA-002',
  severity: 'error',
  summary: 'A component that kubeagent is not built with',
  docs: 'kubeagent has a collector of its own (contrib 0.142) with few exporters: debug, nop, otlp and otlphttp. A config with anything else does not start. No tail sampling, no load balancing, no leader election.',
  check: (input) =>
    rendersOf(input)
      .filter(({ collector }) => /^agent-(?:daemonset|deployment)\.yaml$/.test(collector?.source?.key ?? ''))
      .flatMap((rendered) =>
        componentsOf(rendered.config.tree).flatMap((component) => {
          const { class: section, id, type } = component;
          const canonical = (name: string): string => input.catalogue.canonicalType(section, name);
          if (BUILD[section].some((known) => canonical(known) === canonical(type))) return [];
          return [
            configFinding(rendered, {
              rule: kubeagentComponentRule.id,
              severity: 'error',
              path: [section, id],
              message: `kubeagent has no ${section.slice(0, -1)} \`${type}\``,
              otelcolMessage: unknownType.print(component),
            }),
          ];
        }),
      ),
};

/** km-agent `internal/shared/components_{base,kubernetes,linux}.go` (reference/collector.md §3.4). */
const BUILD: Readonly<Record<ComponentClass, readonly string[]>> = {
  receivers:
    'otlp hostmetrics filelog prometheus httpcheck syslog netflow snmp fluentforward apache elasticsearch kafkametrics mongodbatlas mongodb mysql nginx oracledb postgresql rabbitmq redis saphana sqlquery vcenter awscloudwatchmetrics awscloudwatch awscontainerinsight awsecscontainermetrics azuremonitor googlecloudmonitoring docker_stats journald k8s_cluster k8sobjects kubeletstats k8s_events k8slog ebpf'.split(
      ' ',
    ),
  processors:
    'batch resource resourcedetection attributes redaction probabilistic_sampler cumulativetodelta deltatorate filter metricstransform memory_limiter transform groupbyattrs span groupbytrace isolationforest k8sattributes'.split(
      ' ',
    ),
  exporters: ['debug', 'nop', 'otlp', 'otlphttp'],
  connectors: ['spanmetrics'],
  extensions: ['memory_limiter', 'zpages', 'file_storage', 'health_check', 'cgroupruntime'],
};

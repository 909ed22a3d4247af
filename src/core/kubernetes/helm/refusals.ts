import type { Finding } from '../../document/finding.ts';
import { isEmpty, isNull, pick, textOf } from '../traced.ts';
import type { Traced } from '../traced.ts';
import { CHART_MODES, isOn, since } from './chart-context.ts';
import type { ChartContext } from './chart-context.ts';
import { listHas } from './config-edits.ts';
import { PRESETS } from './presets/index.ts';
import { replicaCount } from './replicas.ts';

/** A condition under which the chart refuses to be installed. `at` is the value to look at. */
interface Refusal {
  readonly applies: (context: ChartContext) => boolean;
  readonly message: string;
  readonly at: readonly string[];
}

type Context = Omit<ChartContext, 'mode'>;

/** The image distributions that have no profiling receiver (`_helpers.tpl`, profilingUnsupportedImages). */
const WITHOUT_PROFILING = /(?:^|\/)opentelemetry-collector(?:-contrib|-k8s|-otlp)?$/;

const HEALTH_CHECKS = ['health_check', 'healthcheckv2'];

const REFUSALS: readonly Refusal[] = [
  {
    applies: (context) => !isOn(context, 'image', 'repository'),
    message: 'image.repository must be set: the chart has no default image',
    at: ['image', 'repository'],
  },
  {
    applies: (context) =>
      since(context, '0.152.1') &&
      isOn(context, 'presets', 'profiling', 'enabled') &&
      WITHOUT_PROFILING.test(textOf(context.values, 'image', 'repository') ?? ''),
    message:
      'presets.profiling needs an image with the profiling receiver (opentelemetry-collector-ebpf-profiler, or one of your own)',
    at: ['presets', 'profiling', 'enabled'],
  },
  {
    applies: (context) =>
      since(context, '0.152.1') &&
      isOn(context, 'presets', 'profiling', 'enabled') &&
      isTrue(pick(context.values, 'podSecurityContext', 'runAsNonRoot')),
    message: 'presets.profiling must run as root, and podSecurityContext.runAsNonRoot is true',
    at: ['podSecurityContext', 'runAsNonRoot'],
  },
  {
    applies: (context) => textOf(context.values, 'dnsPolicy') === 'None' && !isOn(context, 'dnsConfig'),
    message: 'dnsPolicy is None, so dnsConfig must be set',
    at: ['dnsPolicy'],
  },
  {
    applies: (context) =>
      !since(context, '0.141.1') && context.mode === 'daemonset' && isClusterMetricsOn(context),
    message:
      'presets.clusterMetrics does not go with mode daemonset before chart 0.141.1: every node would report the same',
    at: ['presets', 'clusterMetrics', 'enabled'],
  },
  {
    applies: (context) =>
      !since(context, '0.164.1') && isClusterMetricsOn(context) && replicaCount(context) > 1,
    message:
      'presets.clusterMetrics does not go with replicaCount above 1 before chart 0.164.1: every replica would report the same',
    at: ['replicaCount'],
  },
  {
    applies: (context) =>
      since(context, '0.164.1') &&
      context.mode !== 'daemonset' &&
      isClusterMetricsOn(context) &&
      replicaCount(context) > 1 &&
      isOn(context, 'presets', 'clusterMetrics', 'disableLeaderElection'),
    message: 'presets.clusterMetrics with replicaCount above 1 needs leader election, and it is disabled',
    at: ['presets', 'clusterMetrics', 'disableLeaderElection'],
  },
  {
    applies: (context) =>
      !listHas(context.values, ['config', 'service', 'extensions'], ...healthChecks(context)),
    message:
      'config.service.extensions must list health_check: the probes of the pods ask it (also where alternateConfig is used)',
    at: ['config', 'service', 'extensions'],
  },
  {
    applies: (context) => isOn(context, 'configMap', 'create') && isOn(context, 'configMap', 'existingName'),
    message: 'configMap.existingName is set while configMap.create is true',
    at: ['configMap', 'existingName'],
  },
  {
    applies: (context) =>
      since(context, '0.102.1') &&
      isOn(context, 'configMap', 'create') &&
      isOn(context, 'configMap', 'existingPath'),
    message: 'configMap.existingPath is set while configMap.create is true',
    at: ['configMap', 'existingPath'],
  },
  {
    applies: (context) =>
      since(context, '0.121.0') &&
      !since(context, '0.161.0') &&
      pick(context.values, 'config', 'service', 'telemetry', 'metrics')?.kind !== 'map',
    message:
      'config.service.telemetry.metrics must be a map in charts 0.121.0 to 0.160.0 (also where alternateConfig is used)',
    at: ['config', 'service', 'telemetry', 'metrics'],
  },
  ...['traces', 'metrics', 'logs'].map((signal): Refusal => ({
    applies: (context) =>
      since(context, '0.118.0') &&
      isOn(context, 'internalTelemetryViaOTLP', signal, 'enabled') &&
      !isOn(context, 'internalTelemetryViaOTLP', 'endpoint') &&
      !isOn(context, 'internalTelemetryViaOTLP', signal, 'endpoint'),
    message: `internalTelemetryViaOTLP.${signal} is enabled and has no endpoint`,
    at: ['internalTelemetryViaOTLP', signal, 'enabled'],
  })),
  {
    applies: (context) =>
      since(context, '0.136.0') &&
      isOn(context, 'presets', 'logsCollection', 'enabled') &&
      isOn(context, 'presets', 'annotationDiscovery', 'logs', 'enabled'),
    message: 'presets.logsCollection and presets.annotationDiscovery.logs exclude each other',
    at: ['presets', 'annotationDiscovery', 'logs', 'enabled'],
  },
];

function isClusterMetricsOn(context: Context): boolean {
  return isOn(context, 'presets', 'clusterMetrics', 'enabled');
}

function healthChecks(context: Context): readonly string[] {
  return since(context, '0.117.3') ? HEALTH_CHECKS : HEALTH_CHECKS.slice(0, 1);
}

function isTrue(value: Traced | undefined): boolean {
  return value?.kind === 'scalar' && String(value.value) === 'true';
}

/** What the chart refuses to install (`NOTES.txt`), as findings `HLM-002` at the value that decides, else at the nearest above it. */
export function refusalsOf(context: ChartContext): readonly Finding[] {
  const brokenPreset = PRESETS.filter(
    ({ name, since: first }) =>
      since(context, first) && pick(context.values, 'presets', name)?.kind !== 'map',
  ).map(({ name }) => refused(context, `presets.${name} must be a map`, ['presets', name]));
  return [
    ...brokenPreset,
    ...REFUSALS.filter(({ applies }) => applies(context)).map(({ message, at }) =>
      refused(context, message, at),
    ),
  ];
}

/** The finding for a mode that the chart does not have; undefined when it has it. */
export function modeRefusal(context: Context): Finding | undefined {
  const mode = pick(context.values, 'mode');
  if (CHART_MODES.some((known) => known === textOf(mode))) return undefined;
  const what = isEmpty(mode) || isNull(mode) ? 'mode must be set' : `mode is none of the chart's`;
  return refused(context, `${what}: ${CHART_MODES.join(', ')}`, ['mode']);
}

/** A finding for something that makes Helm stop. */
export function refused(context: Context, message: string, path: readonly string[]): Finding {
  const at = nearestPlace(context, path);
  return {
    rule: 'HLM-002',
    severity: 'error',
    message: `Helm will not install this: ${message}.`,
    ...(at === undefined ? {} : { at }),
  };
}

function nearestPlace({ values }: Context, path: readonly string[]): Finding['at'] {
  for (let length = path.length; length >= 0; length--) {
    const at = pick(values, ...path.slice(0, length))?.origin.at;
    if (at !== undefined) return at;
  }
  return undefined;
}

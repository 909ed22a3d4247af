import type { ComponentCatalogue } from '../catalogue.ts';
import type { ComponentClass } from '../component-id.ts';
import { isPushReceiver } from '../listeners.ts';
import type { TrialContext } from './draft.ts';

/**
 * Components that a trial may start, by any of their names without underscores: what they do stays on this machine, once addresses and files are
 * replaced. Everything else may call out, read what is not its own, or run programs (journald), and is left out.
 */
const STAYING: Readonly<Record<Exclude<ComponentClass, 'exporters'>, ReadonlySet<string>>> = {
  receivers: names('nop hostmetrics filelog'),
  processors: names(
    'attributes batch cumulativetodelta deltatocumulative deltatorate filter groupbyattrs groupbytrace interval logdedup logstransform memorylimiter metricsgeneration experimentalmetricsgeneration metricstarttime metricstransform probabilisticsampler redaction resource span tailsampling transform unroll',
    // BindPlane's own.
    'datapointcount logcount spancount mask metricextract metricstats randomfailure removeemptyvalues resourceattributetransposer sampling throughputmeasurement',
  ),
  connectors: names(
    'forward count exceptions failover metricsaslogs otlpjson roundrobin routing servicegraph signaltometrics slowsql spanmetrics sum',
  ),
  extensions: names(
    'basicauth bearertokenauth filestorage headerssetter healthcheck memorylimiter memoryballast pprof zpages',
  ),
};

function names(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(' ')));
}

/** They listen, and call out besides. */
const LISTENING_ONLY_HALF = names('awsxray datadog opencensus');

/** What asks the API of a Kubernetes cluster, which is not there in a trial. */
const KUBERNETES = names(
  'k8scluster k8sevents k8sobjects k8slog kubeletstats receivercreator k8sattributes k8sobserver k8sleaderelector',
);

/** A type without what changed in names over time. */
function plainType(type: string): string {
  return type.replaceAll('_', '').toLowerCase();
}

/** Whether a trial may start a component of that type; exporters are never started. */
export function staysHere(
  section: ComponentClass,
  type: string,
  catalogue: Pick<ComponentCatalogue, 'canonicalType'>,
): boolean {
  const plain = plainType(type);
  if (section === 'exporters') return false;
  if (STAYING[section].has(plain)) return true;
  if (section === 'extensions') return plain.endsWith('encoding');
  const listens = (): boolean =>
    isPushReceiver(type, (componentClass, name) => catalogue.canonicalType(componentClass, name));
  return section === 'receivers' && !LISTENING_ONLY_HALF.has(plain) && listens();
}

/** Whether a binary has a component of that type, by any of its names; true where it does not list what it has. */
export function isBuiltIn(
  section: ComponentClass,
  type: string,
  { capabilities, catalogue }: Pick<TrialContext, 'capabilities' | 'catalogue'>,
): boolean {
  const built = capabilities.components[section];
  const wanted = plainType(catalogue.canonicalType(section, type));
  return (
    built.length === 0 ||
    built.some((one) => one.type === type || plainType(catalogue.canonicalType(section, one.type)) === wanted)
  );
}

/** Whether a component asks the API of a cluster. */
export function needsCluster(type: string): boolean {
  return KUBERNETES.has(plainType(type));
}

import { compareText } from '../../document/finding.ts';
import type { SourceRange } from '../../document/finding.ts';
import type { PolicyRule, RenderedAutoscaler, RenderedRole, RenderedService } from '../rendered-collector.ts';
import { isEmpty, isNull, itemsOf, pick, textOf, textsOf } from '../traced.ts';
import type { Traced } from '../traced.ts';
import { fullName, isOn, namespaceOf } from './chart-context.ts';
import type { ChartContext } from './chart-context.ts';
import { enabledPorts, numberAt, selectorLabels } from './pod.ts';
import { LEASES } from './preset.ts';
import { isPresetOn } from './preset-config.ts';
import { PRESETS } from './presets/index.ts';

/** The Service of a release: not for DaemonSets unless asked for, and always where there is an Ingress (`service.yaml`). */
export function servicesOf(context: ChartContext, at: SourceRange): readonly RenderedService[] {
  const enabled = pick(context.values, 'service', 'enabled');
  const isSet = enabled !== undefined && !isNull(enabled);
  const wanted = context.mode === 'daemonset' ? !isEmpty(enabled) : !isSet || !isEmpty(enabled);
  if (!wanted && !isOn(context, 'ingress', 'enabled')) return [];
  const name = fullName(context);
  const namespace = namespaceOf(context);
  const policy = textOf(context.values, 'service', 'internalTrafficPolicy');
  const local = context.mode === 'daemonset' && isTrue(enabled);
  return [
    {
      key: `Service/${namespace}/${name}`,
      namespace,
      name,
      headless: textOf(context.values, 'service', 'clusterIP') === 'None',
      ports: enabledPorts(context).map(([portName, port]) => servicePort(portName, port, at)),
      selector: selectorLabels(context),
      internalTrafficPolicy: policy || (local ? 'Local' : 'Cluster'),
      at: pick(context.values, 'service')?.origin.at ?? at,
    },
  ];
}

function isTrue(value: Traced | undefined): boolean {
  return value?.kind === 'scalar' && value.value === true;
}

function servicePort(name: string, port: Traced, at: SourceRange): RenderedService['ports'][number] {
  const appProtocol = textOf(port, 'appProtocol') ?? '';
  const nodePort = numberAt(port, 'nodePort') ?? 0;
  return {
    name,
    port: numberAt(port, 'servicePort') ?? 0,
    targetPort: numberAt(port, 'containerPort') ?? 0,
    protocol: textOf(port, 'protocol') ?? 'TCP',
    ...(appProtocol === '' ? {} : { appProtocol }),
    ...(nodePort === 0 ? {} : { nodePort }),
    at: port.origin.at ?? at,
  };
}

/** The HorizontalPodAutoscaler's bounds (`hpa.yaml`). */
export function autoscalerOf(context: ChartContext): RenderedAutoscaler | undefined {
  if (context.mode === 'daemonset' || !isOn(context, 'autoscaling', 'enabled')) return undefined;
  const bounds = pick(context.values, 'autoscaling');
  const min = bounds === undefined ? undefined : numberAt(bounds, 'minReplicas');
  const max = bounds === undefined ? undefined : numberAt(bounds, 'maxReplicas');
  return max === undefined ? undefined : { ...(min === undefined ? {} : { min }), max };
}

/** The ClusterRole: made where the values ask for it or a preset needs it (`clusterrole.yaml`). */
export function roleOf(context: ChartContext): RenderedRole | undefined {
  const on = PRESETS.filter((preset) => isPresetOn(preset, context));
  const rules = on.flatMap((preset) => preset.rules(context));
  if (rules.length === 0 && !isOn(context, 'clusterRole', 'create')) return undefined;
  const leases = rules.includes(LEASES) ? [LEASES] : [];
  return {
    name: textOf(context.values, 'clusterRole', 'name') || fullName(context),
    rules: [
      ...leases,
      ...itemsOf(context.values, 'clusterRole', 'rules').map(ownRule),
      ...rules.filter((rule) => rule !== LEASES),
    ],
  };
}

function ownRule(rule: Traced): PolicyRule {
  const list = (key: string): readonly string[] => textsOf(rule, key);
  const resourceNames = list('resourceNames');
  return {
    apiGroups: list('apiGroups'),
    resources: list('resources'),
    ...(resourceNames.length > 0 && { resourceNames: [...resourceNames].sort(compareText) }),
    verbs: list('verbs'),
  };
}

import type { Rule } from './rule.ts';
import { componentIdRule } from './rules/cfg-004-component-id.ts';
import { connectorRule } from './rules/cfg-009-connector.ts';
import { extensionNotEnabledRule } from './rules/cfg-007-extension-not-enabled.ts';
import { nodeKindRule } from './rules/cfg-011-node-kind.ts';
import { repeatedReferenceRule } from './rules/cfg-008-repeated-reference.ts';
import { undefinedReferenceRule } from './rules/cfg-005-undefined-reference.ts';
import { unknownKeyRule } from './rules/cfg-002-unknown-key.ts';
import { unusedComponentRule } from './rules/cfg-006-unused-component.ts';
import { bodyReferenceRule } from './rules/cfg-012-body-reference.ts';
import { nullBodyRule } from './rules/cfg-013-null-body.ts';
import { profilesGateRule } from './rules/cfg-010-profiles-gate.ts';
import { replacedListRule } from './rules/cfg-017-replaced-list.ts';
import { telemetryRule } from './rules/cfg-016-telemetry.ts';
import { valueRule } from './rules/cfg-015-value.ts';
import { variableFormRule } from './rules/cfg-014-variable-form.ts';
import { noMemoryLimiterRule } from './rules/pip-002-no-memory-limiter.ts';
import { noBatchRule } from './rules/pip-004-no-batch.ts';
import { connectionLostRule } from './rules/pip-005-connection-lost.ts';
import { unevenAttributesRule } from './rules/pip-006-uneven-attributes.ts';
import { tailSamplingReplicasRule } from './rules/pip-007-tail-sampling-replicas.ts';
import { loadBalancingResolverRule } from './rules/pip-008-load-balancing-resolver.ts';
import { metricsAfterSamplingRule } from './rules/pip-009-metrics-after-sampling.ts';
import { pulledReplicasRule } from './rules/pip-010-pulled-replicas.ts';
import { ownListenerRule } from './rules/pip-011-own-listener.ts';
import { ownLogsRule } from './rules/pip-012-own-logs.ts';
import { noCheckpointRule } from './rules/pip-013-no-checkpoint.ts';
import { statefulReplicasRule } from './rules/pip-014-stateful-replicas.ts';
import { hostRootRule } from './rules/pip-015-host-root.ts';
import { pastGatewayRule } from './rules/pip-016-past-gateway.ts';
import { literalSecretRule } from './rules/sec-001-literal-secret.ts';
import { plainTransportRule } from './rules/sec-002-plain-transport.ts';
import { unverifiedPeerRule } from './rules/sec-003-unverified-peer.ts';
import { openReceiverRule } from './rules/sec-004-open-receiver.ts';
import { openDebuggingRule } from './rules/sec-005-open-debugging.ts';
import { anyOriginRule } from './rules/sec-006-any-origin.ts';
import { verboseDebugRule } from './rules/sec-007-verbose-debug.ts';
import { privilegesRule } from './rules/sec-008-privileges.ts';
import { writableRootRule } from './rules/sec-009-writable-root.ts';
import { wideRoleRule } from './rules/sec-010-wide-role.ts';
import { plainHttpRule } from './rules/sec-011-plain-http.ts';
import { bindingSubjectRule } from './rules/sec-012-binding-subject.ts';
import { replicasRule } from './rules/k8s-001-replicas.ts';
import { spreadRule } from './rules/k8s-002-spread.ts';
import { selectorMatchRule } from './rules/k8s-003-selector.ts';
import { grpcBalancingRule } from './rules/k8s-004-grpc-balancing.ts';
import { resourcesRule } from './rules/k8s-005-resources.ts';
import { autoscalerRule } from './rules/k8s-006-autoscaler.ts';
import { autoscalerTargetRule } from './rules/k8s-007-autoscaler-target.ts';
import { disruptionBudgetRule } from './rules/k8s-008-disruption-budget.ts';
import { persistentQueueRule } from './rules/k8s-009-persistent-queue.ts';
import { storageDirectoryRule } from './rules/k8s-010-storage-directory.ts';
import { sharedStorageRule } from './rules/k8s-011-shared-storage.ts';
import { memoryLimitRule } from './rules/k8s-012-memory-limit.ts';
import { goMemoryLimitRule } from './rules/k8s-013-gomemlimit.ts';
import { singletonRule } from './rules/k8s-014-singleton.ts';
import { nodeReceiverRule } from './rules/k8s-015-node-receiver.ts';
import { ownNodeRule } from './rules/k8s-016-own-node.ts';
import { kubeletRule } from './rules/k8s-017-kubelet.ts';
import { logFilesRule } from './rules/k8s-018-log-files.ts';
import { hostPortRule } from './rules/k8s-019-host-port.ts';
import { sameAddressRule } from './rules/k8s-020-same-address.ts';
import { unreachableRule } from './rules/k8s-021-unreachable.ts';
import { portWithoutListenerRule } from './rules/k8s-022-port-without-listener.ts';
import { probeRule } from './rules/k8s-023-probe.ts';
import { localTrafficRule } from './rules/k8s-024-local-traffic.ts';
import { gracePeriodRule } from './rules/k8s-025-grace-period.ts';
import { configChangeRule } from './rules/k8s-026-config-change.ts';
import { agentFilesRule } from './rules/k8s-027-agent-files.ts';
import { variableOrderRule } from './rules/k8s-028-variable-order.ts';
import { serviceAccountRule } from './rules/k8s-029-service-account.ts';
import { overlappingLabelsRule } from './rules/k8s-030-overlapping-labels.ts';
import { networkPolicyRule } from './rules/k8s-031-network-policy.ts';
import { singleVolumeRule } from './rules/k8s-032-single-volume.ts';
import { volumeGroupRule } from './rules/k8s-033-volume-group.ts';
import { tolerationsRule } from './rules/k8s-034-tolerations.ts';
import { destinationServiceRule } from './rules/k8s-035-destination-service.ts';
import { certificateFilesRule } from './rules/k8s-036-certificate-files.ts';
import { missingAccountRule } from './rules/k8s-037-missing-account.ts';
import { secondCredentialRule } from './rules/k8s-038-second-credential.ts';
import { applicationEndpointRule } from './rules/k8s-039-application-endpoint.ts';
import { missingAccessRule } from './rules/k8s-040-missing-access.ts';
import { surplusAccessRule } from './rules/k8s-041-surplus-access.ts';
import { ownMetricRule } from './rules/k8s-042-own-metric.ts';
import { bridgeRule } from './rules/opr-013-bridge.ts';
import { configAccessRule } from './rules/kma-006-config-access.ts';
import { batchRule } from './rules/pip-003-batch.ts';
import { componentVersionRule } from './rules/ver-001-component-version.ts';
import { duplicateRule } from './rules/bpr-005-duplicate.ts';
import { labelRule } from './rules/bpr-010-label.ts';
import { contentTypeRule } from './rules/bpr-012-content-type.ts';
import { measurementIntervalRule } from './rules/bpr-011-measurement-interval.ts';
import { memoryLimiterRule } from './rules/pip-001-memory-limiter.ts';
import { removedComponentRule } from './rules/ver-002-removed-component.ts';
import { deprecatedNameRule } from './rules/ver-005-deprecated-name.ts';
import { skewRule } from './rules/ver-008-skew.ts';
import { unknownVersionRule } from './rules/ver-009-unknown-version.ts';
import { noShellRule } from './rules/ver-010-no-shell.ts';
import { featureGateRule } from './rules/ver-011-feature-gate.ts';
import { upgradeRule } from './rules/ver-012-upgrade.ts';
import { fieldVersionRule } from './rules/ver-004-field-version.ts';
import { signalVersionRule } from './rules/ver-006-signal.ts';
import { metricVersionRule } from './rules/ver-003-metric-version.ts';
import { parameterRule } from './rules/bpr-006-parameter.ts';
import { pipelineRule } from './rules/cfg-003-pipeline.ts';
import { referenceRule } from './rules/bpr-003-reference.ts';
import { selectorRule } from './rules/bpr-002-selector.ts';
import { sensitiveRule } from './rules/bpr-007-sensitive.ts';
import { shapeRule } from './rules/bpr-001-shape.ts';
import { unusedRule } from './rules/bpr-004-unused.ts';
import { variableRule } from './rules/bpr-008-variable.ts';
import { yamlRule } from './rules/cfg-001-yaml.ts';
import { oldVersionRule } from './rules/opr-001-old-version.ts';
import { configKindRule } from './rules/opr-002-config-kind.ts';
import { unreadableConfigRule } from './rules/opr-003-unreadable-config.ts';
import { droppedKeyRule } from './rules/opr-004-dropped-key.ts';
import { modeChangeRule } from './rules/opr-005-mode-change.ts';
import { webhookRule } from './rules/opr-006-webhook.ts';
import { defaultImageRule } from './rules/opr-007-default-image.ts';
import { serviceNameRule } from './rules/opr-008-service-name.ts';
import { pinnedUpgradeRule } from './rules/opr-009-pinned-upgrade.ts';
import { bridgeLabelRule } from './rules/opr-010-bridge-label.ts';
import { unknownKindRule } from './rules/opr-011-unknown-kind.ts';
import { unpinnedOperatorRule } from './rules/opr-012-unpinned-operator.ts';
import { unknownAnnotationRule } from './rules/ins-001-unknown-annotation.ts';
import { annotationPlaceRule } from './rules/ins-002-annotation-place.ts';
import { annotationValueRule } from './rules/ins-003-annotation-value.ts';
import { missingInstrumentationRule } from './rules/ins-004-missing-instrumentation.ts';
import { samplerRule } from './rules/ins-005-sampler.ts';
import { exporterPortRule } from './rules/ins-006-exporter-port.ts';
import { restartRule } from './rules/ins-007-restart.ts';
import { refusedValuesRule } from './rules/hlm-002-refused-values.ts';
import { nullBelowRule } from './rules/hlm-003-null-below.ts';
import { agentLabelsRule } from './rules/bpa-001-labels.ts';
import { unmetSelectorRule } from './rules/bpa-002-unmet-selector.ts';
import { fleetConfigurationRule } from './rules/bpa-003-fleet-configuration.ts';
import { serverRule } from './rules/bpa-005-server.ts';
import { configFileRule } from './rules/bpa-006-config-file.ts';
import { bootstrapRule } from './rules/bpa-007-bootstrap.ts';
import { agentNameRule } from './rules/bpa-008-agent-name.ts';
import { agentPortsRule } from './rules/bpa-009-agent-ports.ts';
import { lostStateRule } from './rules/bpa-010-lost-state.ts';
import { gatewayRule } from './rules/bpa-011-gateway.ts';
import { missingKeyRule } from './rules/kma-001-missing-key.ts';
import { kubeagentComponentRule } from './rules/kma-002-component.ts';
import { kubeagentEnvironmentRule } from './rules/kma-003-environment.ts';
import { resourceNamesRule } from './rules/kma-004-resource-names.ts';
import { requiredVariableRule } from './rules/kma-005-required.ts';
import { refusedKustomizationRule } from './rules/kus-001-refused.ts';
import { kustomizationRingRule } from './rules/kus-002-ring.ts';
import { unappliedKustomizationRule } from './rules/kus-003-unapplied.ts';
import { remoteConfigRule } from './rules/sup-001-remote-config.ts';
import { opampExtensionRule } from './rules/sup-002-opamp-extension.ts';
import { supervisorStorageRule } from './rules/sup-003-storage.ts';
import { availableComponentsRule } from './rules/sup-004-available-components.ts';
import { unknownValueRule } from './rules/hlm-001-unknown-value.ts';
import { replacedValuesRule } from './rules/hlm-004-replaced-list.ts';
import { presetModeRule } from './rules/hlm-006-preset-mode.ts';
import { imageContentRule } from './rules/hlm-007-image-content.ts';
import { setPathRule } from './rules/hlm-008-set-path.ts';
import { helmHostPortsRule } from './rules/hlm-009-host-ports.ts';
import { unpinnedChartRule } from './rules/hlm-010-unpinned-chart.ts';
import { sameNameRule } from './rules/hlm-011-same-name.ts';
import { withoutEffectRule } from './rules/hlm-012-without-effect.ts';
import { ignoredErrorRule } from './rules/bpa-012-ignored-error.ts';
import { policyRule } from './rules/rol-001-policy.ts';
import { gateRule } from './rules/rol-002-gate.ts';
import { missingPolicyRule } from './rules/rol-003-missing-policy.ts';
import { samePolicyRule } from './rules/rol-004-same-policy.ts';
import { unusedPolicyRule } from './rules/rol-005-unused-policy.ts';
import { emptyWaveRule } from './rules/rol-006-empty-wave.ts';
import { canaryRule } from './rules/rol-007-canary.ts';
import { budgetRule } from './rules/rol-008-budget.ts';
import { shortSoakRule } from './rules/rol-009-short-soak.ts';
import { shortDeadlineRule } from './rules/rol-010-short-deadline.ts';

/** Every lint rule, in the order of the reference table. */
export const RULES: readonly Rule[] = [
  shapeRule,
  selectorRule,
  referenceRule,
  unusedRule,
  duplicateRule,
  parameterRule,
  sensitiveRule,
  variableRule,
  labelRule,
  measurementIntervalRule,
  contentTypeRule,
  yamlRule,
  unknownKeyRule,
  pipelineRule,
  componentIdRule,
  undefinedReferenceRule,
  unusedComponentRule,
  extensionNotEnabledRule,
  repeatedReferenceRule,
  connectorRule,
  profilesGateRule,
  nodeKindRule,
  bodyReferenceRule,
  nullBodyRule,
  variableFormRule,
  valueRule,
  telemetryRule,
  replacedListRule,
  memoryLimiterRule,
  noMemoryLimiterRule,
  batchRule,
  noBatchRule,
  connectionLostRule,
  unevenAttributesRule,
  tailSamplingReplicasRule,
  loadBalancingResolverRule,
  metricsAfterSamplingRule,
  pulledReplicasRule,
  ownListenerRule,
  ownLogsRule,
  noCheckpointRule,
  statefulReplicasRule,
  hostRootRule,
  pastGatewayRule,
  literalSecretRule,
  plainTransportRule,
  unverifiedPeerRule,
  openReceiverRule,
  openDebuggingRule,
  anyOriginRule,
  verboseDebugRule,
  privilegesRule,
  writableRootRule,
  wideRoleRule,
  plainHttpRule,
  bindingSubjectRule,
  componentVersionRule,
  removedComponentRule,
  metricVersionRule,
  replicasRule,
  spreadRule,
  selectorMatchRule,
  grpcBalancingRule,
  resourcesRule,
  autoscalerRule,
  autoscalerTargetRule,
  disruptionBudgetRule,
  persistentQueueRule,
  storageDirectoryRule,
  sharedStorageRule,
  memoryLimitRule,
  goMemoryLimitRule,
  singletonRule,
  nodeReceiverRule,
  ownNodeRule,
  kubeletRule,
  logFilesRule,
  hostPortRule,
  sameAddressRule,
  unreachableRule,
  portWithoutListenerRule,
  probeRule,
  localTrafficRule,
  gracePeriodRule,
  configChangeRule,
  agentFilesRule,
  variableOrderRule,
  serviceAccountRule,
  overlappingLabelsRule,
  networkPolicyRule,
  singleVolumeRule,
  volumeGroupRule,
  tolerationsRule,
  destinationServiceRule,
  certificateFilesRule,
  missingAccountRule,
  secondCredentialRule,
  applicationEndpointRule,
  missingAccessRule,
  surplusAccessRule,
  ownMetricRule,
  fieldVersionRule,
  deprecatedNameRule,
  signalVersionRule,
  skewRule,
  unknownVersionRule,
  noShellRule,
  featureGateRule,
  upgradeRule,
  oldVersionRule,
  configKindRule,
  unreadableConfigRule,
  droppedKeyRule,
  modeChangeRule,
  webhookRule,
  defaultImageRule,
  serviceNameRule,
  pinnedUpgradeRule,
  bridgeLabelRule,
  unknownKindRule,
  unpinnedOperatorRule,
  bridgeRule,
  unknownAnnotationRule,
  annotationPlaceRule,
  annotationValueRule,
  missingInstrumentationRule,
  samplerRule,
  exporterPortRule,
  restartRule,
  refusedValuesRule,
  nullBelowRule,
  agentLabelsRule,
  unmetSelectorRule,
  fleetConfigurationRule,
  serverRule,
  configFileRule,
  bootstrapRule,
  agentNameRule,
  agentPortsRule,
  lostStateRule,
  gatewayRule,
  missingKeyRule,
  kubeagentComponentRule,
  kubeagentEnvironmentRule,
  resourceNamesRule,
  requiredVariableRule,
  configAccessRule,
  refusedKustomizationRule,
  kustomizationRingRule,
  unappliedKustomizationRule,
  remoteConfigRule,
  opampExtensionRule,
  supervisorStorageRule,
  availableComponentsRule,
  unknownValueRule,
  replacedValuesRule,
  presetModeRule,
  imageContentRule,
  setPathRule,
  helmHostPortsRule,
  unpinnedChartRule,
  sameNameRule,
  withoutEffectRule,
  ignoredErrorRule,
  policyRule,
  gateRule,
  missingPolicyRule,
  samePolicyRule,
  unusedPolicyRule,
  emptyWaveRule,
  canaryRule,
  budgetRule,
  shortSoakRule,
  shortDeadlineRule,
];

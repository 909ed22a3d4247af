/** Kinds without a namespace that repositories around collectors hold (Kubernetes API reference 1.34; OpenTelemetry operator). */
const CLUSTER_WIDE: ReadonlySet<string> = new Set([
  'APIService',
  'CertificateSigningRequest',
  'ClusterIssuer',
  'ClusterRole',
  'ClusterRoleBinding',
  'CSIDriver',
  'CustomResourceDefinition',
  'FlowSchema',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
]);

/** Namespaces that exist in every cluster: nobody has to create them first. */
export const BUILT_IN_NAMESPACES: ReadonlySet<string> = new Set([
  'default',
  'kube-system',
  'kube-public',
  'kube-node-lease',
]);

/** Whether objects of the kind live in no namespace. */
export function isClusterWide(kind: string): boolean {
  return CLUSTER_WIDE.has(kind);
}

/** `Kind/namespace/name`, or `Kind/name` for cluster-wide kinds. */
export function objectKey(kind: string, namespace: string | undefined, name: string): string {
  return isClusterWide(kind) ? `${kind}/${name}` : `${kind}/${namespace ?? 'default'}/${name}`;
}

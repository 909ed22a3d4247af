export function indented(text: string, blanks: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(blanks));
}

export function object(apiVersion: string, kind: string, name: string, team: string, body: string): string {
  return `apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: ${name}
  namespace: ${team}
  labels:
    app.kubernetes.io/name: ${name}
    app.kubernetes.io/part-of: observability
    team: ${team}
${body}`;
}

export function configMap(name: string, team: string, file: string, text: string): string {
  return object('v1', 'ConfigMap', name, team, `data:\n  ${file}: |\n${indented(text, 4)}`);
}

export function service(name: string, team: string, ports: Readonly<Record<string, number>>): string {
  const list = Object.entries(ports).map(
    ([port, number]) =>
      `    - name: ${port}\n      port: ${number}\n      targetPort: ${number}\n      protocol: TCP\n`,
  );
  return object(
    'v1',
    'Service',
    name,
    team,
    `spec:\n  clusterIP: None\n  selector:\n    app.kubernetes.io/name: ${name}\n  ports:\n${list.join('')}`,
  );
}

export function account(name: string, team: string): string {
  return object('v1', 'ServiceAccount', name, team, 'automountServiceAccountToken: true\n');
}

export function autoscaler(name: string, team: string): string {
  return object(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    name,
    team,
    `spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${name}
  minReplicas: 2
  maxReplicas: 8
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
`,
  );
}

export function disruptionBudget(name: string, team: string): string {
  return object(
    'policy/v1',
    'PodDisruptionBudget',
    name,
    team,
    `spec:\n  maxUnavailable: 1\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: ${name}\n`,
  );
}

export function networkPolicy(name: string, team: string, port: number): string {
  return object(
    'networking.k8s.io/v1',
    'NetworkPolicy',
    name,
    team,
    `spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  policyTypes:
    - Ingress
  ingress:
    - from:
        - namespaceSelector: {}
      ports:
        - protocol: TCP
          port: ${port}
`,
  );
}

export interface Pods {
  readonly kind: 'Deployment' | 'DaemonSet';
  readonly image: string;
  readonly ports?: Readonly<Record<string, number>>;
  /** Blocks of YAML, indented as in the container. */
  readonly container?: string;
  readonly volumes?: string;
  readonly annotations?: string;
}

export function workload(name: string, team: string, pods: Pods): string {
  const { kind, image, ports = {}, container = '', volumes = '', annotations = '' } = pods;
  const list = Object.entries(ports).map(
    ([port, number]) =>
      `            - name: ${port}\n              containerPort: ${number}\n              protocol: TCP\n`,
  );
  return object(
    'apps/v1',
    kind,
    name,
    team,
    `spec:
${kind === 'Deployment' ? '  replicas: 2\n' : ''}  selector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${name}
        team: ${team}
${annotations}    spec:
      serviceAccountName: ${name}
      terminationGracePeriodSeconds: 60
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
      containers:
        - name: ${name}
          image: ${image}
          resources:
            requests:
              cpu: 200m
              memory: 512Mi
            limits:
              memory: 512Mi
          securityContext:
            readOnlyRootFilesystem: true
            allowPrivilegeEscalation: false
${list.length > 0 ? `          ports:\n${list.join('')}` : ''}${container}${volumes}`,
  );
}

import type { RepositoryFile } from '../../src/ports/repository.ts';

function document(kind: string, name: string, spec: readonly string[]): string {
  const lines = [
    'apiVersion: bindplane.observiq.com/v1',
    `kind: ${kind}`,
    'metadata:',
    `  name: ${name}`,
    'spec:',
  ];
  return [...lines, ...spec.map((line) => `  ${line}`), ''].join('\n');
}

function parameters(values: Readonly<Record<string, string>>): readonly string[] {
  const items = Object.entries(values).flatMap(([name, value]) => [
    `  - name: ${name}`,
    `    value: ${value}`,
  ]);
  return ['parameters:', ...items];
}

/** One team's file: two sources, a processor, a destination and the configuration that joins them. */
function teamFile(team: number, batchSize: number): string {
  const sources = [
    document('Source', `otlp-${team}`, [
      'type: otlp',
      ...parameters({
        telemetry_types: '[Logs, Metrics, Traces]',
        listen_address: '0.0.0.0',
        grpc_port: '4317',
        http_port: '4318',
      }),
    ]),
    document('Source', `pods-${team}`, [
      'type: k8s_container',
      ...parameters({ cluster_name: `cluster-${team}` }),
    ]),
  ];
  const processor = document('Processor', `batch-${team}`, [
    'type: batch',
    ...parameters({ send_batch_size: String(batchSize) }),
  ]);
  const destination = document('Destination', `backend-${team}`, [
    'type: otlp_grpc',
    ...parameters({ hostname: `backend-${team}.example`, grpc_port: '4317' }),
  ]);
  const configuration = document('Configuration', `team-${team}`, [
    'contentType: text/yaml',
    'sources:',
    `  - name: otlp-${team}`,
    '    processors:',
    `      - name: batch-${team}`,
    `  - name: pods-${team}`,
    'destinations:',
    `  - name: backend-${team}`,
    'selector:',
    '  matchLabels:',
    `    configuration: team-${team}`,
  ]);
  return [...sources, processor, destination, configuration].join('---\n');
}

/** A repository of `teams` configurations and five times as many resources; with `changed`, that team has another batch size. */
export function fleetRepository(teams: number, changed?: number): readonly RepositoryFile[] {
  const encoder = new TextEncoder();
  return Array.from({ length: teams }, (_, team) => {
    const bytes = encoder.encode(teamFile(team, team === changed ? 9999 : 100 + team));
    return { path: `bindplane/team-${String(team).padStart(5, '0')}.yaml`, bytes, size: bytes.length };
  });
}

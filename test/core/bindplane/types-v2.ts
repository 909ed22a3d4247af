import { readTypes, type TypeCatalogue, type TypeDocument } from '../../../src/core/bindplane/types.ts';
import { yamlMap } from './support.ts';

/** Small types for tests of the wiring: what stands in the components does not matter there. */
const TYPES = [
  `kind: SourceType
metadata: {name: in}
spec:
  parameters: [{name: port, type: int, default: 4317}]
  logs+metrics+traces:
    receivers: |
      - otlp: {protocols: {grpc: {endpoint: "0.0.0.0:{{ .port }}"}}}
`,
  `kind: SourceType
metadata: {name: events}
spec:
  logs:
    receivers: |
      - windows_event_log/system: {channel: System, storage: '{{ bpComponentID "file_storage" }}'}
      - windows_event_log/security: {channel: Security}
    processors: |
      - resource_detection: {detectors: [system]}
    extensions: |
      - file_storage: {directory: /var/lib/storage}
`,
  `kind: DestinationType
metadata: {name: out}
spec:
  parameters: [{name: host, type: string, default: gw.internal}]
  logs+metrics+traces:
    exporters: |
      - otlp: {endpoint: "{{ .host }}:4317"}
`,
  `kind: DestinationType
metadata: {name: null-out}
spec:
  parameters: [{name: drop_raw_copy, type: bool, default: true}]
  logs:
    exporters: "- nop:"
    processors: |
      {{ if .drop_raw_copy }}
      - transform/drop-raw-copy: {log_statements: [{context: log, statements: ['delete_key(attributes, "log.record.original")']}]}
      {{ end }}
  metrics+traces:
    exporters: "- nop:"
`,
  `kind: DestinationType
metadata: {name: logs-only}
spec:
  logs:
    exporters: "- splunk_hec: {token: x}"
`,
  `kind: ProcessorType
metadata: {name: batch}
spec:
  parameters: [{name: size, type: int, default: 200}]
  logs+metrics+traces:
    processors: |
      - batch: {send_batch_size: {{ .size }}}
`,
  `kind: ConnectorType
metadata: {name: routing}
spec:
  parameters: [{name: routes, type: yaml}]
  logs+metrics+traces:
    connectors: |
      - routing: {table: [{{ range $i, $r := .routes }}{{ if $i }}, {{ end }}{{ $r.id }}{{ end }}]}
`,
  `kind: ConnectorType
metadata: {name: count}
spec:
  logs:
    connectors: "- count:"
`,
  `kind: ExtensionType
metadata: {name: pprof}
spec:
  logs+metrics+traces:
    extensions: "- pprof: {endpoint: localhost:1777}"
`,
];

const documents = TYPES.map((text, index): TypeDocument => ({
  file: `type-${index}.yaml`,
  value: yamlMap(text),
  verified: true,
}));

export const typesV2: TypeCatalogue = readTypes(documents).types;

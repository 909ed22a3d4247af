import type { Setting, SettingsReader } from './setting.ts';

/** Where the app's own traces and metrics go, by OTLP over HTTP. */
export interface TelemetrySettings {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
}

/** Their rows in the table of variables; the names are OpenTelemetry's own. */
export const TELEMETRY_SETTINGS: readonly Setting[] = [
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    fallback: '',
    meaning: "where the app's own traces and metrics go, by OTLP over HTTP; nowhere without it",
  },
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    fallback: '',
    meaning: 'headers for it, like `key=value,other=value`',
  },
  { name: 'OTEL_SERVICE_NAME', fallback: 'collie', meaning: 'what the app calls itself there' },
];

/** Reads them; undefined where no endpoint is set. */
export function readTelemetrySettings({
  value,
  problems,
}: Pick<SettingsReader, 'value' | 'problems'>): TelemetrySettings | undefined {
  const endpoint = value('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint === '') return undefined;
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    problems.push('OTEL_EXPORTER_OTLP_ENDPOINT is no http(s) URL; write it like http://127.0.0.1:4318');
    return undefined;
  }
  const headers = value('OTEL_EXPORTER_OTLP_HEADERS')
    .split(',')
    .map((pair): [string, string] => {
      const [name = '', ...rest] = pair.split('=');
      return [name.trim(), rest.join('=').trim()];
    })
    .filter(([name]) => name !== '');
  return {
    endpoint,
    headers: Object.fromEntries(headers),
    serviceName: value('OTEL_SERVICE_NAME') || 'collie',
  };
}

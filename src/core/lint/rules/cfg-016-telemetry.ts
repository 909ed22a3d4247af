import { invalidKeys } from '../../collector/errors/invalid-keys.ts';
import { parseEndpoint } from '../../collector/endpoint.ts';
import { isAtLeast } from '../../collector/version.ts';
import type { Finding, Fix } from '../../document/finding.ts';
import { mapAt } from '../config-finding.ts';
import { lineOf } from '../edits.ts';
import { writtenAt } from '../line-edits.ts';
import type { LintInput, Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const telemetryRule: Rule = {
  id: 'CFG-016',
  severity: 'error',
  summary: '`service.telemetry.metrics` in a form that the collector refuses',
  docs: '`address` was deprecated with 0.111, is ignored since 0.123 and refused since 0.128: own metrics come from `readers`. `views` need `level: detailed`. Where the collector’s version is not known, it is a warning.',
  check: (input, { running }) => running.flatMap((one) => [...address(one, input), ...views(one)]),
};

const METRICS = ['service', 'telemetry', 'metrics'];

function address(running: RunningConfig, input: LintInput): readonly Finding[] {
  const { config, version } = running;
  const value = mapAt(config.tree, ...METRICS)['address'];
  if (value === undefined || (version !== undefined && !isAtLeast(version, '0.123.0'))) return [];
  const refused = version !== undefined && isAtLeast(version, '0.128.0');
  const state =
    version === undefined
      ? 'is ignored since collector 0.123 and refused since 0.128'
      : refused
        ? `is refused by collector ${version}`
        : `is ignored by collector ${version} and refused since 0.128`;
  return [
    runningFinding(running, {
      rule: telemetryRule.id,
      severity: refused ? 'error' : 'warning',
      path: [...METRICS, 'address'],
      message: `\`service.telemetry.metrics.address\` ${state}; use \`readers\``,
      otelcolMessage: invalidKeys.print({ under: 'migration.MetricsConfigV030', keys: ['address'] }),
      ...(typeof value === 'string' && { fixes: [readers(running, value, input)] }),
    }),
  ];
}

/** The address as the reader that does the same, on its line. */
function readers({ config }: RunningConfig, value: string, { head }: LintInput): Fix {
  const title = 'write the address as a reader';
  const at = writtenAt(config, [...METRICS, 'address']);
  if (at === undefined) return { title };
  const line = lineOf(at, head.repository.texts);
  const { port } = parseEndpoint(value);
  const host = /^(.*):\d+$/.exec(value)?.[1] ?? '';
  const rest = line.slice(at.column - 1);
  if (
    port === undefined ||
    !/^address:\s+["']?[^"'{}[\],]*(?:\$\{[^}]*\})?[^"'{}[\],]*["']?\s*$/.test(rest)
  ) {
    return { title, at };
  }
  const text = `readers: [{pull: {exporter: {prometheus: {host: "${host === '' ? '0.0.0.0' : host}", port: ${port}}}}}]`;
  return { title, at, edits: [{ at: { ...at, endColumn: line.trimEnd().length + 1 }, text }] };
}

function views(running: RunningConfig): readonly Finding[] {
  const { config, version } = running;
  const metrics = mapAt(config.tree, ...METRICS);
  const { views: given, level } = metrics;
  if (!Array.isArray(given) || given.length === 0 || level === 'detailed') return [];
  if (typeof level === 'string' && level.includes('$')) return [];
  // Tried with 0.158; when older versions began to refuse it is not recorded.
  const refused = version !== undefined && isAtLeast(version, '0.158.0');
  return [
    runningFinding(running, {
      rule: telemetryRule.id,
      severity: refused ? 'error' : 'warning',
      path: [...METRICS, 'views'],
      message: '`service.telemetry.metrics.views` counts only with `level: detailed`',
      otelcolMessage:
        'service::telemetry: service::telemetry::metrics::views can only be set when service::telemetry::metrics::level is detailed',
    }),
  ];
}

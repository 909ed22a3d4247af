import { unknownType } from '../../collector/errors/unknown-type.ts';
import type { Rule } from '../rule.ts';
import { versionFindings } from '../version-findings.ts';
import type { VersionCheck } from '../version-findings.ts';
import { absentComponents } from './ver-001-component-version.ts';

/** The check behind VER-002: component types that a version no longer has. */
export const removedComponent: VersionCheck = {
  rule: 'VER-002',
  problems: (...asked) => absentComponents((reason) => reason === 'removed', ...asked),
  otelcolMessage: (found) => found.map(({ component }) => unknownType.print(component)).join('\n'),
  fixes: () => [],
};

export const removedComponentRule: Rule = {
  id: 'VER-002',
  severity: 'error',
  summary: "A component that was removed before the agent's version",
  docs: 'The collector refuses the config. A newer image does not help: use what took its place (`debug` for `logging`, `otlp_http` with `/otlp` for `loki`, `otlp` for `jaeger`, a connector for the `spanmetrics`, `servicegraph` and `routing` processors, GOMEMLIMIT for `memory_ballast`).',
  check: (input) => versionFindings(removedComponent, input).map(({ finding }) => finding),
};

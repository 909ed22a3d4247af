import { isLoopback } from '../../collector/endpoint.ts';
import type { Rule } from '../rule.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const openDebuggingRule: Rule = {
  id: 'SEC-005',
  severity: 'warning',
  summary: '`pprof` or `zpages` that others than the machine itself reach',
  docs: '`pprof` gives out memory and takes processor time from whoever asks; `zpages` shows what passes. Neither asks who it is. Let them listen on `localhost` and look through `kubectl port-forward`.',
  check: (_input, { running }) =>
    running.flatMap((one) =>
      one
        .listeners()
        .filter(
          ({ component, host, path }) =>
            component.class === 'extensions' &&
            (component.type === 'pprof' || component.type === 'zpages') &&
            !isLoopback(host) &&
            isAuthored(one, path),
        )
        .map(({ component, path }) =>
          runningFinding(one, {
            rule: openDebuggingRule.id,
            severity: 'warning',
            path,
            message: `extension \`${component.id}\` listens for everybody who reaches the machine; let it listen on \`localhost\``,
          }),
        ),
    ),
};

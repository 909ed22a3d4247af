import { isPublic } from '../../collector/endpoint.ts';
import type { Rule } from '../rule.ts';
import { runningFinding } from '../running-finding.ts';

export const plainHttpRule: Rule = {
  id: 'SEC-011',
  severity: 'warning',
  summary: 'An exporter that sends to the internet by `http://`',
  docs: 'Telemetry and the token beside it pass every network on the way in plain text. Use `https://`. Hosts within a cluster or a company network are not told.',
  check: (_input, { running }) =>
    running.flatMap((one) =>
      one
        .destinations()
        .filter(
          ({ endpoint, insecure, protocol }) =>
            endpoint.scheme === 'http' && isPublic(endpoint.host) && !(insecure && protocol === 'grpc'),
        )
        .map(({ exporter, path, endpoint }) =>
          runningFinding(one, {
            rule: plainHttpRule.id,
            severity: 'warning',
            path,
            message: `\`${exporter.id}\` sends to \`${endpoint.host ?? ''}\` in plain text; use \`https://\``,
          }),
        ),
    ),
};

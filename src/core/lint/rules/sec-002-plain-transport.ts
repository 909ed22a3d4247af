import { staysHere } from '../../collector/destinations.ts';
import { isPublic } from '../../collector/endpoint.ts';
import type { Finding } from '../../document/finding.ts';
import type { Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const plainTransportRule: Rule = {
  id: 'SEC-002',
  severity: 'warning',
  summary: 'An exporter that sends without TLS',
  docs: '`tls.insecure: true` sends telemetry, and the headers with it, for everybody on the way to read. A warning for hosts of the internet; a notice for names within a cluster or a company network, where a mesh may encrypt. Give the exporter `tls.ca_file` instead.',
  check: (_input, { running }) => running.flatMap((one) => insecure(one)),
};

function insecure(running: RunningConfig): readonly Finding[] {
  return running.destinations().flatMap((destination): readonly Finding[] => {
    const { exporter, endpoint, insecure: open, tlsPath, protocol } = destination;
    // HTTP exporters decide by the scheme of their URL (SEC-011).
    if (!open || staysHere(destination) || (protocol === 'http' && endpoint.scheme !== undefined)) return [];
    if (!isAuthored(running, tlsPath)) return [];
    const outside = isPublic(endpoint.host);
    return [
      runningFinding(running, {
        rule: plainTransportRule.id,
        severity: outside ? 'warning' : 'notice',
        path: tlsPath,
        message: `\`${exporter.id}\` sends to ${endpoint.host === undefined ? 'its backend' : `\`${endpoint.host}\``} without TLS${outside ? ', over the internet' : ''}`,
      }),
    ];
  });
}

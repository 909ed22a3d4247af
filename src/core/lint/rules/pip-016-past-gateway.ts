import { staysHere } from '../../collector/destinations.ts';
import { isPublic } from '../../collector/endpoint.ts';
import type { Finding } from '../../document/finding.ts';
import { gatewaysOf } from '../gateways.ts';
import type { Gateway } from '../gateways.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { RunningConfig, Sender } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const pastGatewayRule: Rule = {
  id: 'PIP-016',
  severity: 'notice',
  summary: 'A config that sends to the outside past the gateway to which it also sends',
  docs: 'A gateway is one way out: one place for the backend’s credential, for sampling and for limits. What goes past it is sampled by nobody, and every node needs the credential and the way through the firewall. Send it to the gateway too, or say by a suppression that both ways are meant.',
  check: (_input, cluster) => {
    const asked = new Set(cluster.running);
    const told = new Set<RunningConfig>();
    return gatewaysOf(cluster).flatMap((gateway) =>
      gateway.senders.flatMap((sender) => {
        if (told.has(sender.running) || !asked.has(sender.running)) return [];
        told.add(sender.running);
        return past(sender, gateway);
      }),
    );
  },
};

function past({ running, destination: inside }: Sender, gateway: Gateway): readonly Finding[] {
  // A gateway that passes on to another is a tier of its own.
  if (running.workload === gateway.workload) return [];
  const outside = running
    .destinations()
    .find(
      (destination) =>
        isPublic(destination.endpoint.host) &&
        !staysHere(destination) &&
        isAuthored(running, destination.path),
    );
  if (outside === undefined) return [];
  return [
    runningFinding(
      running,
      {
        rule: pastGatewayRule.id,
        severity: 'notice',
        path: outside.path,
        message: `\`${outside.exporter.id}\` sends to \`${outside.endpoint.host ?? ''}\` past ${workloadWords(gateway.workload)}, to which \`${inside.exporter.id}\` sends`,
      },
      [{ message: workloadWords(gateway.workload), at: gateway.workload.at }],
    ),
  ];
}

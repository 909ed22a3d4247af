import type { Finding } from '../../document/finding.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import { targetsOf } from '../ports.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { Cluster, RunningConfig } from '../running.ts';

export const portWithoutListenerRule: Rule = {
  id: 'K8S-022',
  severity: 'warning',
  summary: 'A port that leads to nothing',
  docs: 'A Service whose `targetPort` nothing listens on refuses every connection; one that names a port which no container has is never ready. Ports of a container that nothing uses are harmless and a notice. Where the config names the number anywhere, or is not known, nothing is told.',
  check: (_input, cluster) => cluster.workloads.flatMap((workload) => judge(workload, cluster)),
};

function judge(workload: Workload, cluster: Cluster): readonly Finding[] {
  const running = cluster.runningIn(workload);
  const containers = workload.containers.filter(({ init }) => !init);
  const declared = containers.flatMap(({ spec }) => spec?.ports ?? []);
  const whole =
    containers.length === 1 &&
    running.length > 0 &&
    running.every((one) => one.whole && one.rendered.collector !== undefined);
  const services = cluster.servicesOf(workload).flatMap((service) =>
    targetsOf(service, workload).flatMap(({ servicePort, port }): readonly Finding[] => {
      const words = `port ${servicePort.port} of Service \`${service.name}\``;
      if (port === undefined) {
        const names = declared.flatMap(({ name }) => name ?? []);
        if (containers.some(({ spec }) => spec === undefined)) return [];
        const has =
          names.length === 0 ? 'it names none' : `it has ${names.map((name) => `\`${name}\``).join(', ')}`;
        return [
          finding(
            'warning',
            `${words} leads to \`${String(servicePort.targetPort)}\`, a name that no port of ${workloadWords(workload)} has; ${has}`,
            servicePort.at,
          ),
        ];
      }
      return whole && !running.some((one) => listensOn(one, port))
        ? [
            finding(
              'warning',
              `${words} leads to ${port}, where nothing in ${workloadWords(workload)} listens`,
              servicePort.at,
            ),
          ]
        : [];
    }),
  );
  const unused = whole
    ? declared.flatMap(({ port, at }) =>
        running.some((one) => listensOn(one, port))
          ? []
          : [
              finding(
                'notice',
                `container port ${port} of ${workloadWords(workload)}: nothing in its config listens there`,
                at,
              ),
            ],
      )
    : [];
  return [...services, ...unused];
}

/** Whether anything of the config may listen there: what is known to, and whatever mentions the number. */
function listensOn(running: RunningConfig, port: number): boolean {
  return (
    running.listeners().some((listener) => listener.port === port || listener.port === undefined) ||
    new RegExp(`(?<!\\d)${port}(?!\\d)`).test(running.config.text)
  );
}

function finding(severity: Finding['severity'], message: string, at: Finding['at'] & object): Finding {
  return { rule: portWithoutListenerRule.id, severity, message, at };
}

import type { Finding, SourceRange } from '../../document/finding.ts';
import { rendersOf } from '../rule.ts';
import type { LintInput, Rule } from '../rule.ts';

export const helmHostPortsRule: Rule = {
  id: 'HLM-009',
  severity: 'warning',
  summary: 'Host ports that the collector chart opens by default, and another DaemonSet wants too',
  docs: 'With mode daemonset the chart gives each of its default ports (4317, 4318, 6831, 9411, 14250, 14268) a `hostPort`. A second DaemonSet with one of them stays Pending on every node. Set `ports.<name>.hostPort: 0`, or switch the port off. Told for releases that a file installs (Argo CD, Flux, a command), and for what stands in one folder. Collisions between manifests are K8S-019.',
  check: (input) => collisions(input),
};

interface NodePort {
  /** Of the DaemonSet: what has one name is one, rendered here and there. */
  readonly name: string;
  readonly words: string;
  readonly port: number;
  readonly protocol: string;
  readonly at: SourceRange;
  readonly place: SourceRange;
  readonly isHelm: boolean;
  readonly isInstalled: boolean;
}

function collisions(input: LintInput): readonly Finding[] {
  const ports = [...ofReleases(input), ...ofManifests(input)];
  const groups = Map.groupBy(ports, ({ port, protocol }) => `${port}/${protocol}`);
  const pairs = new Map<
    string,
    { readonly one: NodePort; readonly other: NodePort; readonly ports: number[] }
  >();
  for (const same of groups.values()) {
    for (const one of same.filter(({ isHelm }) => isHelm)) {
      const other = same.find((candidate) => candidate.name !== one.name && areTogether(one, candidate));
      // Of two releases the later one is told.
      if (other === undefined || (other.isHelm && same.indexOf(other) > same.indexOf(one))) continue;
      const key = `${one.words}\n${other.words}`;
      const pair = pairs.get(key) ?? { one, other, ports: [] };
      pair.ports.push(one.port);
      pairs.set(key, pair);
    }
  }
  return [...pairs.values()].map(({ one, other, ports: numbers }) => ({
    rule: helmHostPortsRule.id,
    severity: 'warning',
    message: `${one.words} takes the host ports ${numbers.sort((a, b) => a - b).join(', ')} of every node, which ${other.words} has too: only one of them can run there`,
    at: one.at,
    related: [{ message: other.words, at: other.at }],
  }));
}

function areTogether(one: NodePort, other: NodePort): boolean {
  const folder = ({ place }: NodePort): string => place.file.replace(/[^/]*$/, '');
  return (one.isInstalled && (other.isInstalled || !other.isHelm)) || folder(one) === folder(other);
}

function ofReleases(input: LintInput): readonly NodePort[] {
  const installed = new Set(
    input.head.repository.helmInstallations
      .filter(({ use }) => use !== undefined)
      .map(({ id }) => `HelmValues/${id}`),
  );
  return rendersOf(input).flatMap(({ key, collector }) => {
    if (!key.startsWith('HelmValues/') || collector?.mode !== 'daemonset') return [];
    const { workload } = collector;
    const words = `DaemonSet \`${workload?.name ?? key}\` of ${collector.title}`;
    return collector.ports.flatMap(({ hostPort, protocol, at }) =>
      hostPort === undefined || hostPort === 0
        ? []
        : [
            {
              name: workload?.name ?? key,
              words,
              port: hostPort,
              protocol,
              at,
              place: collector.at,
              isHelm: true,
              isInstalled: installed.has(key) || installed.has(key.replace(/#[^#]*$/, '')),
            },
          ],
    );
  });
}

function ofManifests({ head }: LintInput): readonly NodePort[] {
  return head.repository.manifests.workloads
    .filter(({ kind, pod }) => kind === 'DaemonSet' && pod?.chosenNodes !== true)
    .flatMap(({ name, at: place, containers }) =>
      containers.flatMap(({ spec }) =>
        (spec?.ports ?? []).flatMap(({ hostPort, protocol }) =>
          hostPort === undefined
            ? []
            : [
                {
                  name,
                  words: `DaemonSet \`${name}\``,
                  port: hostPort.value,
                  protocol,
                  at: hostPort.at,
                  place,
                  isHelm: false,
                  isInstalled: false,
                },
              ],
        ),
      ),
    );
}

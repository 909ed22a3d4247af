import type { ConfigKey } from '../../fleet/config-key.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import { collectorWorkloads, madeWorkloads } from '../../lint/collector-workloads.ts';
import { workloadWords } from '../../lint/running.ts';
import type { LoadedView } from '../../resources/view.ts';
import { nodeSenders } from '../node-senders.ts';
import type { NodeSender } from '../node-senders.ts';
import type { RiskReason } from './plan-risk.ts';
import { names } from './subject.ts';
import type { RiskFleet, RiskMember } from './subject.ts';

const rule = 'RSK-014';
const TWO_STEPS = 'in two changes nothing is lost: move the senders first, then take the port away';

/**
 * Ports of nodes are no part of any config: taking one away is a change of a manifest or of values that no collector refuses, and whoever
 * sends to its own node is refused from then on, whatever Services there are.
 */
export const hostPortLost: RiskMember = {
  id: rule,
  summary: 'A port of the nodes that applications send to goes away or moves',
  check: () => [],
  across: ({ base, head }: RiskFleet) => {
    const { manifests, collectors } = base.repository;
    if (manifests === head.repository.manifests && collectors === head.repository.collectors) return [];
    const before = nodePortsOf(base);
    if (before.length === 0) return [];
    const after = nodePortsOf(head);
    const lost = before.filter((port) => !isServed(port, before, after));
    if (lost.length === 0) return [];
    const senders = nodeSenders(head);
    const now = new Map(workloadsOf(head).map((workload) => [id(workload), workload]));
    const workloads = Map.groupBy(lost, ({ workload }) => workload);
    return [...workloads].flatMap(([workload, ports]) =>
      ofWorkload({ workload, now: now.get(id(workload)), lost: ports }, senders, base),
    );
  },
};

/** A port of every node that a workload's pods run on. */
interface NodePort {
  readonly workload: Workload;
  readonly port: number;
  readonly protocol: string;
}

function workloadsOf(head: LoadedView): readonly Workload[] {
  return [...collectorWorkloads({ head }), ...madeWorkloads({ head })];
}

function nodePortsOf(view: LoadedView): readonly NodePort[] {
  return workloadsOf(view).flatMap((workload) => {
    const network = workload.pod?.host.some(({ value }) => value === 'hostNetwork') === true;
    return workload.containers.flatMap(({ spec }) =>
      (spec?.ports ?? []).flatMap(({ port, protocol, hostPort }): readonly NodePort[] =>
        hostPort === undefined && !network ? [] : [{ workload, port: hostPort?.value ?? port, protocol }],
      ),
    );
  });
}

/** Whether the workload still has the port, or another one has it that did not have it before. */
function isServed(
  { workload, port, protocol }: NodePort,
  before: readonly NodePort[],
  after: readonly NodePort[],
): boolean {
  const had = new Set(
    before.filter((one) => one.port === port && one.protocol === protocol).map((one) => id(one.workload)),
  );
  return after.some(
    (one) =>
      one.port === port &&
      one.protocol === protocol &&
      (id(one.workload) === id(workload) || !had.has(id(one.workload))),
  );
}

/** The same object of another environment is another workload. */
function id({ key, at: { file } }: Workload): string {
  return `${key} ${file}`;
}

/** A workload of before that loses ports, and what it is now. */
interface Loser {
  readonly workload: Workload;
  readonly now: Workload | undefined;
  readonly lost: readonly NodePort[];
}

function ofWorkload(
  { workload, now, lost }: Loser,
  senders: readonly NodeSender[],
  base: LoadedView,
): readonly RiskReason[] {
  const place = now?.at;
  const configuration = configurationOf(workload, base);
  const tell = (
    level: RiskReason['level'],
    ports: readonly number[],
    rest: string,
    related: RiskReason['related'] = [],
  ): RiskReason => ({
    rule,
    level,
    message: `${change(workload, now !== undefined, ports)}${rest}`,
    configuration,
    ...(place && { at: place }),
    ...(related.length > 0 && { related }),
  });
  const ports = [...new Set(lost.map(({ port }) => port))].sort((a, b) => a - b);
  const isUsed = (port: number): boolean => senders.some((sender) => sender.port === port);
  const unused = ports.filter((port) => !isUsed(port));
  return [
    ...ports.filter(isUsed).map((port) => {
      const own = senders.filter((sender) => sender.port === port);
      const who = [...new Set(own.map(({ words }) => words))];
      return tell(
        'high',
        [port],
        `, to which ${names(who)} still ${who.length === 1 ? 'sends' : 'send'}; ${TWO_STEPS}`,
        own.map(({ words, at }) => ({ message: `${words} sends there`, at })),
      );
    }),
    ...(unused.length === 0
      ? []
      : [
          tell(
            'medium',
            unused,
            ': applications that send to their own node are refused there; no such sender is known in this repository',
          ),
        ]),
  ];
}

function change(workload: Workload, stays: boolean, ports: readonly number[]): string {
  const which = `port${ports.length === 1 ? '' : 's'} ${ports.join(', ')} of ${ports.length === 1 ? 'its node' : 'its nodes'}`;
  const name = `\`${workloadWords(workload)}\``;
  return stays ? `${name} no longer takes ${which}` : `${name} goes away, and with it ${which}`;
}

/** What the workload's collectors run; itself where no configuration is known. */
function configurationOf(workload: Workload, { targets }: LoadedView): ConfigKey {
  const found = [...targets.values()].find(({ workloads }) =>
    workloads.some((one) => one.workload.key === workload.key),
  );
  return found?.configuration ?? `${workload.kind}/${workload.namespace}/${workload.name}`;
}

import type { FindingGroup } from '../document/finding.ts';
import type { Workload } from '../kubernetes/workload.ts';
import { workloadId } from './collector-workloads.ts';

/** The restrictions that one container lacks are told together. */
export function hardeningGroup(workload: Workload, container: string, said: string): FindingGroup {
  const { kind, name } = workload;
  return {
    key: `hardening ${workloadId(workload)} ${container}`,
    title: `container \`${container}\` of ${kind} ${name} does not set`,
    said,
  };
}

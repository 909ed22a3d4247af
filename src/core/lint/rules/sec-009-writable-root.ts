import { hardeningGroup } from '../hardening.ts';
import type { Rule } from '../rule.ts';

export const writableRootRule: Rule = {
  id: 'SEC-009',
  severity: 'notice',
  summary: 'A container whose own file system is writable',
  docs: 'A collector writes to volumes only. With `readOnlyRootFilesystem: true` nobody who breaks in can leave a program behind; give what it writes (queues, checkpoints, an agent’s own files) a volume.',
  check: (_input, { workloads }) =>
    workloads.flatMap((workload) =>
      workload.pod === undefined
        ? []
        : workload.containers.flatMap(({ spec, init, name: container }) =>
            spec === undefined || init || spec.security.readOnlyRootFilesystem?.value === true
              ? []
              : [
                  {
                    rule: writableRootRule.id,
                    severity: 'notice' as const,
                    message: `container \`${container}\` of ${workload.kind} ${workload.name} does not set \`readOnlyRootFilesystem: true\``,
                    at: spec.security.readOnlyRootFilesystem?.at ?? spec.at,
                    group: hardeningGroup(workload, container, '`readOnlyRootFilesystem: true`'),
                  },
                ],
          ),
    ),
};

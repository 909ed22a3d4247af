import type { Finding, SourceRange } from '../../document/finding.ts';
import { imageContent } from '../../kubernetes/image.ts';
import type { Container } from '../../kubernetes/workload.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';

const SHELLS = new Set(['sh', 'bash', 'ash', '/bin/sh', '/bin/bash', '/bin/ash', '/usr/bin/env']);

export const noShellRule: Rule = {
  id: 'VER-010',
  severity: 'error',
  summary: 'A shell or an exec probe in an image that has no shell',
  docs: 'The images of the OpenTelemetry project and tags ending in `-scratch` hold the collector and certificates, nothing else: `sh -c` and exec probes cannot start there. Use the image with a shell for init containers, and `httpGet` probes with the `health_check` extension.',
  check: (_input, cluster) =>
    cluster.workloads.flatMap((workload) =>
      workload.containers.flatMap((container): readonly Finding[] => {
        const { image, spec } = container;
        if (image === undefined || spec === undefined || !hasNoShell(image.value)) return [];
        const needs = shellUse(container);
        return needs.map(({ said, at }) => ({
          rule: noShellRule.id,
          severity: 'error',
          message: `${said} of container \`${container.name}\` of ${workloadWords(workload)} cannot run: \`${image.value}\` has no shell`,
          at,
          related: [{ message: 'the image', at: image.at }],
        }));
      }),
    ),
};

/** Images of the OpenTelemetry project are made from scratch; the vendor's say it in their tag. */
function hasNoShell(image: string): boolean {
  const tag = image.split('@', 1)[0] ?? '';
  return tag.endsWith('-scratch') || imageContent(image).distribution.startsWith('otelcol');
}

function shellUse({ spec }: Container): readonly { readonly said: string; readonly at: SourceRange }[] {
  if (spec === undefined) return [];
  const [first] = spec.command;
  return [
    ...(first !== undefined && SHELLS.has(first) ? [{ said: `\`${first}\``, at: spec.at }] : []),
    ...spec.probes.flatMap((probe) =>
      probe.action === 'exec' ? [{ said: `the exec ${probe.kind}`, at: probe.at }] : [],
    ),
  ];
}

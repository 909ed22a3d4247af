import { expanded } from '../../collector/endpoint.ts';
import type { Component } from '../../collector/pipelines.ts';
import type { Finding } from '../../document/finding.ts';
import { isList, isMap } from '../../document/node.ts';
import type { Json } from '../../document/node.ts';
import { mountedAt } from '../mounts.ts';
import { codes } from '../pipeline-parts.ts';
import type { Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const certificateFilesRule: Rule = {
  id: 'K8S-036',
  severity: 'error',
  summary: 'A certificate or key that the config names and nothing mounts',
  docs: 'A collector that cannot open a file of its `tls` does not start. Mount the Secret or ConfigMap that holds it at that folder (`volumes`, `volumeMounts`), under the names that the config uses (`tls.crt`, `tls.key` and `ca.crt` are those of a Secret of type `kubernetes.io/tls` from cert-manager). Folders where images keep public authorities, and the account’s own, are not asked for. For images of somebody’s own, which may bring the file, it is a warning.',
  check: (_input, { running }) => running.flatMap((one) => missingFiles(one)),
};

const KEYS: ReadonlySet<string> = new Set(['ca_file', 'cert_file', 'key_file', 'client_ca_file']);
/** Kubernetes and images put these there by themselves. */
const BROUGHT = /^\/(?:var\/)?run\/secrets\/|^\/(?:etc\/(?:ssl|pki)|usr)\//;

function missingFiles(running: RunningConfig): readonly Finding[] {
  const { workload, container, distribution } = running;
  const spec = container?.spec;
  const pod = workload?.pod;
  if (workload === undefined || spec === undefined || pod === undefined) return [];
  const variables = new Map(
    container?.env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value.value] as const])),
  );
  return running.components.flatMap((component): readonly Finding[] => {
    const files = filesIn(component).flatMap(({ path, text }) => {
      const file = expanded(text, variables);
      const isAsked = file.startsWith('/') && !file.includes('$') && !BROUGHT.test(file);
      return isAsked && mountedAt(file, spec, pod) === undefined && isAuthored(running, path)
        ? [{ path, file }]
        : [];
    });
    const [first] = files;
    if (first === undefined) return [];
    return [
      runningFinding(
        running,
        {
          rule: certificateFilesRule.id,
          severity: distribution === 'unknown' ? 'warning' : 'error',
          path: first.path,
          message: `\`${component.id}\` of ${workloadWords(workload)} reads ${codes([...new Set(files.map(({ file }) => file))])}, and nothing is mounted there`,
        },
        [{ message: 'the container', at: spec.at }],
      ),
    ];
  });
}

interface NamedFile {
  readonly path: readonly string[];
  readonly text: string;
}

function filesIn({ class: section, id, body }: Component): readonly NamedFile[] {
  const found: NamedFile[] = [];
  const visit = (value: Json, path: readonly string[]): void => {
    if (isList(value)) value.forEach((item, index) => visit(item, [...path, String(index)]));
    if (!isMap(value)) return;
    for (const [key, child] of Object.entries(value)) {
      if (KEYS.has(key) && typeof child === 'string' && child !== '') {
        found.push({ path: [...path, key], text: child });
      } else visit(child, [...path, key]);
    }
  };
  visit(body ?? null, [section, id]);
  return found;
}

import { provenanceOf } from '../../collector/provenance.ts';
import type { Finding } from '../../document/finding.ts';
import { allows, grantsOf } from '../access.ts';
import { neededAccess } from '../needed-access.ts';
import type { NeededAccess } from '../needed-access.ts';
import type { Workload } from '../../kubernetes/workload.ts';
import type { LintInput, Rule } from '../rule.ts';
import { workloadWords } from '../running.ts';
import type { RunningConfig } from '../running.ts';
import { isAuthored, runningFinding } from '../running-finding.ts';

export const missingAccessRule: Rule = {
  id: 'K8S-040',
  severity: 'error',
  summary: 'A component that asks the Kubernetes API for what its service account may not see',
  docs: 'The API server refuses, the component says so again and again in the log, and its data is missing. Add the rule to the role that the files bind to the account. Judged only where the account’s roles stand in the files, and nothing else is bound to it.',
  check: (input, { running }) => running.flatMap((one) => lacking(one, input)),
};

function lacking(running: RunningConfig, input: LintInput): readonly Finding[] {
  const { workload } = running;
  if (workload?.pod === undefined) return [];
  if (workload.made !== undefined) return ofChart(running, workload, input);
  const needs = neededAccess(running);
  const { bindings, rules, complete, account } = grantsOf(workload, input);
  // Nothing bound at all: the roles may stand elsewhere. With the default account K8S-029 tells it.
  if (needs.length === 0 || !complete || bindings.length === 0) return [];
  const missing = needs.flatMap((need) => {
    const verbs = need.verbs.filter(
      (verb) => !rules.some((rule) => allows(rule, need.group, need.resource, verb)),
    );
    return verbs.length === 0 ? [] : [{ ...need, verbs }];
  });
  const byComponent = Map.groupBy(missing, ({ component }) => `${component.class} ${component.id}`);
  return [...byComponent.values()].flatMap((all): readonly Finding[] => {
    const [first] = all;
    if (first === undefined) return [];
    const { component } = first;
    const place = provenanceOf(running.config, [component.class, component.id]);
    const [binding] = bindings;
    return [
      runningFinding(
        running,
        {
          rule: missingAccessRule.id,
          severity: 'error',
          path: [component.class, component.id],
          message: `\`${component.id}\` of ${workloadWords(workload)} needs what ServiceAccount \`${account}\` may not: ${wordsOf(all)}`,
        },
        place === undefined || binding === undefined
          ? []
          : [{ message: `${binding.kind} ${binding.name}`, at: binding.at }],
      ),
    ];
  });
}

/**
 * A chart makes a role for its presets and for the rules of its values; what a config asks for by itself nobody gives. The operator makes
 * roles by itself where it may, which no file tells.
 */
function ofChart(running: RunningConfig, workload: Workload, { head }: LintInput): readonly Finding[] {
  const { collector } = running.rendered;
  const account = workload.pod?.serviceAccount?.value ?? '';
  if (workload.made?.by !== 'chart' || collector === undefined || !running.whole) return [];
  // With an account of one's own, or a binding among the manifests, the roles are one's own too.
  const { bindings } = head.repository.manifests;
  if (
    !workload.made.makesAccount ||
    bindings.some(({ subjects }) => subjects.some(({ name }) => name === account))
  ) {
    return [];
  }
  const rules = (collector.role?.rules ?? []).map((rule) => ({ resourceNames: [], ...rule }));
  const missing = neededAccess(running).filter(
    ({ component, group, resource, verbs }) =>
      isAuthored(running, [component.class, component.id]) &&
      verbs.some((verb) => !rules.some((rule) => allows(rule, group, resource, verb))),
  );
  const byComponent = Map.groupBy(missing, ({ component }) => `${component.class} ${component.id}`);
  return [...byComponent.values()].flatMap((all): readonly Finding[] => {
    const [first] = all;
    if (first === undefined) return [];
    const { component } = first;
    return [
      runningFinding(running, {
        rule: missingAccessRule.id,
        severity: 'warning',
        path: [component.class, component.id],
        message: `\`${component.id}\` asks the Kubernetes API, and the chart makes no role that lets it: ${wordsOf(all)}; switch its preset on, or set \`clusterRole.create\` and \`clusterRole.rules\``,
      }),
    ];
  });
}

/** `list, watch on jobs, cronjobs (batch)`, what has the same verbs and group together. */
function wordsOf(needs: readonly NeededAccess[]): string {
  const groups = Map.groupBy(needs, ({ verbs, group }) => `${verbs.join(', ')}\n${group}`);
  return [...groups]
    .map(([key, all]) => {
      const [verbs = '', group = ''] = key.split('\n');
      return `${verbs} on ${all.map(({ resource }) => `\`${resource}\``).join(', ')}${group === '' ? '' : ` (${group})`}`;
    })
    .join('; ');
}

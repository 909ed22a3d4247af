import type { PhrasingContent, RootContent } from 'mdast';
import { LIMITS } from '../document/limits.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { placeLink } from './finding-markdown.ts';
import type { ReportContext } from './links.ts';
import type { Prose } from './markdown.ts';
import { details, line, list, paragraph } from './markdown.ts';
import { plural } from './verdict.ts';

/** The steps of a plan as a numbered list in a closed part; `most` caps the list, and what is beyond is counted. */
export function applyOrder(plan: Plan, most: number, prose: Prose, context: ReportContext): RootContent[] {
  if (plan.steps.length === 0 || most === 0) return [];
  const numbers = new Map(plan.steps.map((step, index) => [step.id, index + 1]));
  const shown = plan.steps.slice(0, most);
  const waits = waitsOf(shown);
  const items = shown.map((step) => [
    paragraph(stepLine(step, prose, context), afterText(step, numbers, waits)),
  ]);
  const more = plan.steps.length - items.length;
  return details(
    `Apply order · ${orderText(plan.steps)}`,
    [list(items, true), ...(more > 0 ? [paragraph(`and ${plural(more, 'more step')}`)] : [])],
    // Where commands are all there is, they are what somebody came to see.
    plan.steps.length <= LIMITS.report.names && plan.steps.every(({ kind }) => kind === 'external'),
  );
}

/** `2 resources, 1 command, then 1 rollout`. */
export function orderText(steps: readonly Step[]): string {
  const count = (...kinds: Step['kind'][]): number => steps.filter(({ kind }) => kinds.includes(kind)).length;
  const first = [
    [count('apply', 'delete'), 'resource'] as const,
    [count('policy'), 'rollout policy'] as const,
    [count('external'), 'command'] as const,
  ].flatMap(([number, noun]) => (number > 0 ? [plural(number, noun)] : []));
  const rollouts = count('rollout');
  return [
    ...first,
    ...(rollouts > 0 ? [`${first.length > 0 ? 'then ' : ''}${plural(rollouts, 'rollout')}`] : []),
  ].join(', ');
}

function stepLine(step: Step, prose: Prose, context: ReportContext): PhrasingContent[] {
  if ((step.kind === 'apply' || step.kind === 'delete') && step.resource !== undefined) {
    const slash = step.resource.indexOf('/');
    const action = step.action ?? (step.kind === 'delete' ? '-' : '+');
    return line(
      prose.code(action),
      ` ${step.resource.slice(0, slash)} `,
      prose.code(step.resource.slice(slash + 1)),
    );
  }
  if (step.kind === 'policy' && step.policy !== undefined) {
    return line(prose.code(step.action ?? '~'), ' RolloutPolicy ', prose.code(step.policy));
  }
  // A name stands in a step's text as it is; here it is set as code.
  if (step.configuration !== undefined && step.text === `roll out ${step.configuration}`) {
    return line('roll out ', prose.code(step.configuration));
  }
  const command =
    step.command === undefined || step.text.includes(step.command)
      ? []
      : line(': ', prose.code(step.command));
  const place = step.at === undefined ? [] : line(' (', placeLink(step.at, context, prose), ')');
  return line(prose.message(step.text), command, place);
}

/** Names what a step waits for, without what those wait for themselves. */
function afterText(
  step: Step,
  numbers: ReadonlyMap<string, number>,
  waits: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  if (step.after.length === 0 || step.kind === 'rollout' || step.kind === 'gate-zero') return '';
  const implied = new Set(step.after.flatMap((id) => [...(waits.get(id) ?? [])]));
  const after = step.after
    .filter((id) => !implied.has(id))
    .flatMap((id) => numbers.get(id) ?? [])
    .sort((a, b) => a - b);
  // In a circle each waits for the others, and none can be named.
  if (after.length === 0) return '';
  const shown = after.slice(0, LIMITS.report.names).join(', ');
  const more = after.length > LIMITS.report.names ? ` and ${after.length - LIMITS.report.names} more` : '';
  return ` after ${shown}${more}`;
}

/** For each step, all steps that must have succeeded before it, also those that others wait for. Steps come in order. */
function waitsOf(steps: readonly Step[]): ReadonlyMap<string, ReadonlySet<string>> {
  const waits = new Map<string, ReadonlySet<string>>();
  for (const { id, after } of steps) {
    const all = new Set(after);
    for (const one of after) for (const further of waits.get(one) ?? []) all.add(further);
    waits.set(id, all);
  }
  return waits;
}

import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placeText } from '../../../src/core/document/finding.ts';
import { buildPlan } from '../../../src/core/plan/build-plan.ts';
import type { ConfigurationPlan, Plan } from '../../../src/core/plan/plan.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { overrideTypes, readTypes, type TypeCatalogue } from '../../../src/core/bindplane/types.ts';
import { loadRepository } from '../../../src/core/resources/load.ts';
import { viewOf, type LoadedView } from '../../../src/core/resources/view.ts';
import { builtInTypes, folderView, textsBelow } from '../../support/repository.ts';

/** Each case is a folder: what was (`base`), what is to be (`head`), and the plan as text (`expected/plan.txt`). */
const CASES = resolve(import.meta.dirname, '../../cases');
const DEMO = resolve(import.meta.dirname, '../../../app/demo/repository');

function planText(plan: Plan): string {
  const changes = plan.changes.flatMap(({ action, key, fields }) =>
    action === 'unchanged' ? [] : [`${action} ${key}${fields.length > 0 ? `: ${fields.join(', ')}` : ''}`],
  );
  const numbers = new Map(plan.steps.map(({ id }, index) => [id, index + 1]));
  const steps = plan.steps.map(({ text, kind, command, after }, index) => {
    const waits = after.map((id) => numbers.get(id) ?? id).join(', ');
    return `${index + 1}. [${kind}] ${text}${waits === '' ? '' : ` (after ${waits})`}${command === undefined ? '' : `\n   $ ${command}`}`;
  });
  const findings = plan.findings.map(
    ({ rule, severity, message, at }) =>
      `${at === undefined ? '-' : placeText(at)} ${severity} ${rule} ${message}`,
  );
  const verdict = `applyable: ${String(plan.applyable)}, complete: ${String(plan.complete)}`;
  const lines = [
    '# changes',
    ...changes,
    '# steps',
    ...steps,
    ...plan.configurations.flatMap(configurationLines),
    '# findings',
    ...findings,
    '# verdict',
    verdict,
    ...plan.incompleteReasons,
  ];
  return `${lines.join('\n')}\n`;
}

function configurationLines({ name, diff, reach, refusals, rollout }: ConfigurationPlan): readonly string[] {
  const head = `# configuration ${name}: +${diff.added} -${diff.removed}, ${reach.count} ${reach.unit}, ${rollout ? 'rolled out' : 'not rolled out'}`;
  const refused = refusals.map(
    (refusal) => `refused by ${refusal.name} (${refusal.version}): ${refusal.finding.rule}`,
  );
  const hunks = diff.hunks.flatMap((hunk) => [`@@ -${hunk.beforeLine} +${hunk.afterLine} @@`, ...hunk.lines]);
  return [head, ...refused, ...hunks];
}

describe('cases', () => {
  it.each(readdirSync(CASES))('%s', async (name) => {
    const folder = join(CASES, name);
    const plan = buildPlan({
      base: folderView(join(folder, 'base')),
      head: folderView(join(folder, 'head')),
      catalogue: builtInCatalogue(),
    });
    await expect(planText(plan)).toMatchFileSnapshot(join(folder, 'expected', 'plan.txt'));
  });
});

/** A plan reads two revisions and takes from the first what did not change: nobody may be able to tell. */
describe('two revisions that share what did not change', () => {
  it.each(readdirSync(CASES))('plan %s as two that do not', (name) => {
    const base = folderView(join(CASES, name, 'base'));
    const plan = (like?: LoadedView): string =>
      planText(
        buildPlan({
          base,
          head: folderView(join(CASES, name, 'head'), base.context, like),
          catalogue: builtInCatalogue(),
        }),
      );
    expect(plan(base)).toBe(plan());
  });

  it('render again what is made from something else, and only that', () => {
    const [base, act] = ['base', 'act-1'].map((name) => textsBelow(join(DEMO, name)));
    const after = [...new Map([...(base ?? []), ...(act ?? [])].map((file) => [file.path, file])).values()];
    const context = { types: builtInTypes() };
    const before = viewOf(loadRepository(base ?? []), context);
    const shared = (types: TypeCatalogue): readonly string[] => {
      const loaded = loadRepository(after, { like: before.repository });
      return [...viewOf(loaded, { types }, before).effective]
        .filter(([key, rendered]) => before.effective.get(key) === rendered)
        .map(([key]) => key);
    };
    // The act changes the gateway's configuration and adds a file.
    expect(shared(context.types)).toEqual(['Configuration/shop-cluster', 'Configuration/shop-node']);
    expect(shared(overrideTypes(context.types, readTypes([]).types))).toEqual([]);
  });
});

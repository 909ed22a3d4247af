import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { placeText } from '../src/core/document/finding.ts';
import { buildPlan } from '../src/core/plan/build-plan.ts';
import type { ConfigurationPlan, Plan } from '../src/core/plan/plan.ts';
import { overrideTypes, readTypes, type TypeCatalogue } from '../src/core/bindplane/types.ts';
import { workflowCommands } from '../src/core/report/annotations.ts';
import type { CommentContext } from '../src/core/report/comment-context.ts';
import { jsonText } from '../src/core/report/json-text.ts';
import { planComment } from '../src/core/report/plan-comment.ts';
import { planRedactor } from '../src/core/report/plan-redactor.ts';
import { sarif } from '../src/core/report/sarif.ts';
import { planJobSummary } from '../src/core/report/summary.ts';
import { planTerminal } from '../src/core/report/terminal.ts';
import { byteLength } from '../src/core/report/untrusted.ts';
import { redactionOf } from '../src/core/report/view-redaction.ts';
import { loadRepository } from '../src/core/resources/load.ts';
import { viewOf, type LoadedView } from '../src/core/resources/view.ts';
import { readRevision } from '../src/flows/revision.ts';
import type { Review } from '../src/flows/review.ts';
import { CASES, caseFiles, caseNames, caseOptions, reviewCase } from './support/cases.ts';
import { builtInCatalogue } from './support/catalogue.ts';
import { builtInTypes, textsBelow } from './support/repository.ts';

const DEMO = join(import.meta.dirname, '../app/demo/repository');

/** Where the comments of all cases are read: as the Action says it on a pull request. */
const CONTEXT: CommentContext = {
  repositoryUrl: 'https://github.com/plant/telemetry',
  repository: 'plant/telemetry',
  pullRequest: 12,
  headSha: 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678',
  baseSha: 'd4e5f6a718293a4b5c6d7e8f9012345678a1b2c3',
  baseRef: 'main',
  fullPlanUrl: 'https://github.com/plant/telemetry/actions/runs/7',
};

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

/** Everything that a case keeps, by file name. */
function reports(name: string, { plan, base, head }: Review): ReadonlyMap<string, string> {
  const { also = [], budgetBytes, fork, plan: keepsPlan = true } = caseOptions(name);
  const redaction = redactionOf(base, head);
  const redactor = planRedactor(plan, redaction);
  const context = { ...CONTEXT, redaction, ...(budgetBytes !== undefined && { budgetBytes }) };
  const made = new Map([
    fork === true
      ? ['summary.md', planJobSummary(plan, context)]
      : ['comment.md', planComment(plan, context).body],
  ]);
  if (keepsPlan) made.set('plan.txt', planText(plan));
  if (also.includes('terminal')) made.set('terminal.txt', planTerminal(plan, { redaction }));
  if (also.includes('annotations')) {
    made.set('annotations.txt', `${workflowCommands(plan.findings, redactor).join('\n')}\n`);
  }
  if (also.includes('sarif')) made.set('sarif.json', jsonText(sarif(plan.findings, { redactor })));
  return made;
}

/** Cases and those of them that are as expected, by group. */
const results = new Map<string, { total: number; equal: number }>();

afterAll(() => {
  const rows = [...results].map(([group, { total, equal }]) => [group, equal, total] as const);
  const sum = (column: 1 | 2): number => rows.reduce((total, row) => total + row[column], 0);
  const width = Math.max(...rows.map(([group]) => group.length), 5);
  const lines = [...rows, ['all' as string, sum(1), sum(2)] as const].map(
    ([group, equal, total]) => `${group.padEnd(width)}  ${equal} / ${total}`,
  );
  process.stdout.write(`golden cases, equal / total\n${lines.join('\n')}\n`);
});

const BUDGET_BYTES = 60_000;

describe('cases', () => {
  it.each(caseNames())('%s', { timeout: 30_000 }, async (name) => {
    const { group, budgetBytes = BUDGET_BYTES, never = [] } = caseOptions(name);
    const result = results.get(group) ?? { total: 0, equal: 0 };
    results.set(group, result);
    result.total += 1;
    const made = reports(name, await reviewCase(name));
    for (const [file, text] of made) {
      expect(never.filter((secret) => text.includes(secret))).toEqual([]);
      await expect(text).toMatchFileSnapshot(join(CASES, name, 'expected', file));
    }
    const [comment = ''] = made.values();
    expect(byteLength(comment)).toBeLessThanOrEqual(budgetBytes);
    result.equal += 1;
  });

  it('keep nothing that no run makes', () => {
    const made = caseNames().map((name) => {
      const { also = [], fork, plan } = caseOptions(name);
      const files = [
        fork === true ? 'summary.md' : 'comment.md',
        ...(plan === false ? [] : ['plan.txt']),
        ...also.map((report) => (report === 'sarif' ? 'sarif.json' : `${report}.txt`)),
      ];
      return [name, files.sort()];
    });
    const kept = caseNames().map((name) => [name, readdirSync(join(CASES, name, 'expected')).sort()]);
    expect(kept).toEqual(made);
  });
});

/** Cases that are read in a moment: what is made here in hundreds or megabytes is read once. */
const small = caseNames().filter((name) => caseOptions(name).generate === undefined);

describe('a case that is read twice', () => {
  it.each(small)('%s says the same', async (name) => {
    const [one, other] = await Promise.all([reviewCase(name), reviewCase(name)]);
    expect(reports(name, one)).toEqual(reports(name, other));
  });
});

/** A plan reads two revisions and takes from the first what did not change: nobody may be able to tell. */
describe('two revisions that share what did not change', () => {
  it.each(small.filter((name) => caseOptions(name).server === undefined))(
    'plan %s as two that do not',
    async (name) => {
      const { agents } = (await reviewCase(name)).head;
      const context = { types: builtInTypes(), ...(agents && { agents }) };
      const [before, after] = Object.values(caseFiles(name, caseOptions(name))).map((files) =>
        [...files].map(([path, bytes]) => ({ path, bytes, size: bytes.length })),
      );
      const base = readRevision(before ?? [], context);
      const plan = (like?: typeof base): string => {
        const head = readRevision(after ?? [], context, undefined, like).view;
        return planText(buildPlan({ base: base.view, head, catalogue: builtInCatalogue() }));
      };
      expect(plan(base)).toBe(plan());
    },
  );

  it('render again what is made from something else, and only that', () => {
    const [base, act] = ['base', 'act-1'].map((name) => textsBelow(join(DEMO, name)));
    const after = [...new Map([...(base ?? []), ...(act ?? [])].map((file) => [file.path, file])).values()];
    const context = { types: builtInTypes() };
    const before = viewOf(loadRepository(base ?? []), context);
    const shared = (types: TypeCatalogue): readonly string[] => {
      const loaded = loadRepository(after, { like: before.repository });
      const view: LoadedView = viewOf(loaded, { types }, before);
      return [...view.effective]
        .filter(([key, rendered]) => before.effective.get(key) === rendered)
        .map(([key]) => key);
    };
    // The act changes the gateway's configuration and adds a file.
    expect(shared(context.types)).toEqual(['Configuration/shop-cluster', 'Configuration/shop-node']);
    expect(shared(overrideTypes(context.types, readTypes([]).types))).toEqual([]);
  });
});

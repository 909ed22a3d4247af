import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../core/document/finding.ts';
import { RULES } from '../core/lint/index.ts';
import type { Plan } from '../core/plan/plan.ts';
import { jsonText } from '../core/report/json-text.ts';
import { planJson } from '../core/report/plan-json.ts';
import type { Redactor } from '../core/report/redact.ts';
import type { ActionHost } from './host.ts';
import type { Outputs } from './outputs.ts';

/**
 * The folder for the files of one step: all steps of a job have theirs below one folder, which a later step uploads as a whole
 * (`${{ runner.temp }}/collie`).
 */
async function reportFolder({ environment }: ActionHost): Promise<string> {
  // The runner's name of the step, told apart where an action is used twice.
  const step = (environment['GITHUB_ACTION'] ?? '').replaceAll(/[^\w-]/g, '_');
  const folder = join(environment['RUNNER_TEMP'] ?? tmpdir(), 'collie', step);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Writes the findings as SARIF, for code scanning; its path as an output. */
export async function writeSarif(
  host: ActionHost,
  findings: readonly Finding[],
  redactor: Redactor,
): Promise<Outputs> {
  const [folder, { sarif }] = await Promise.all([reportFolder(host), import('../core/report/sarif.ts')]);
  const path = join(folder, 'findings.sarif');
  const rules = new Map(RULES.map(({ id, summary }) => [id, summary]));
  await writeFile(path, jsonText(sarif(findings, { rules, redactor })));
  return { 'sarif-path': path };
}

/** A report as text and as a page; the page is drawn when it is written. */
export interface Report {
  readonly markdown: string;
  readonly page: () => Promise<string>;
}

/** Writes plan, report and findings beside the job; their paths as outputs. */
export async function writeReports(
  host: ActionHost,
  plan: Plan,
  { markdown, page }: Report,
  redactor: Redactor,
): Promise<Outputs> {
  const [folder, html] = await Promise.all([reportFolder(host), page()]);
  const planPath = join(folder, 'plan.json');
  const reportPath = join(folder, 'report.html');
  const [, , , sarifPath] = await Promise.all([
    writeFile(planPath, jsonText(planJson(plan, redactor))),
    writeFile(join(folder, 'report.md'), markdown),
    writeFile(reportPath, html),
    writeSarif(host, plan.findings, redactor),
  ]);
  return { 'plan-path': planPath, 'report-path': reportPath, ...sarifPath };
}

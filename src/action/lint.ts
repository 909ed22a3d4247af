import { lint } from '../core/lint/lint.ts';
import { workflowCommands } from '../core/report/annotations.ts';
import { lintText } from '../core/report/lint-text.ts';
import { createRedactor } from '../core/report/redact.ts';
import { redactionOf } from '../core/report/view-redaction.ts';
import { readRevision } from '../flows/revision.ts';
import type { Job, JobResult } from './job.ts';
import { failsOn } from './plan.ts';
import { writeSarif } from './reports.ts';

/** `mode: lint`: findings as annotations, in the log and as SARIF. */
export async function lintMode(job: Job): Promise<JobResult> {
  const { host, inputs } = job;
  const files = await job.repository.files(job.ends.head, inputs.paths);
  const { collectorVersion } = inputs;
  const version = collectorVersion === undefined ? {} : { collectorVersion };
  const { view } = readRevision(files, { types: job.types, ...version });
  const findings = lint({
    head: view,
    catalogue: job.catalogue,
    ...version,
  });
  const counts = {
    files: files.length,
    resources: view.repository.resources.size,
    configurations: view.effective.size,
  };
  const redactor = createRedactor(redactionOf(view));
  host.info(lintText(findings, { counts, redactor }));
  for (const line of workflowCommands(findings, redactor)) host.command(line);
  const outputs = await writeSarif(host, findings, redactor);
  const failed = failsOn(findings, inputs.failOn);
  return { failed, reason: failed ? 'findings' : 'no-findings', outputs };
}

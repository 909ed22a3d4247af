import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type JobStage } from './stage.ts';
import type { ActionResult } from './support.ts';

let stage: JobStage;

beforeEach(async () => {
  stage = await createStage({
    // An agent that repeats what it was given.
    refuses: (_, config) =>
      config.includes('x-tenant')
        ? `cannot use header value "${HEADER}" (password was ${PASSWORD})`
        : undefined,
  });
  for (const name of ['gateway-a', 'gateway-b']) {
    stage.bindplane.addAgent({ name, version: '1.86.0', labels: { configuration: 'shop-gateway' } });
  }
});
afterEach(() => stage.close());

/** The first looks like nothing a secret looks like; only its type says that it is one. */
const PASSWORD = 'correct horse battery';
const HEADER = 'plain-words-of-a-tenant';

const VAULT_TYPE = `apiVersion: bindplane.observiq.com/v1
kind: DestinationType
metadata:
  name: vault
spec:
  version: 0.0.1
  parameters:
    - name: opening_words
      label: Words
      type: string
      options:
        sensitive: true
  logs:
    exporters: |
      - otlp:
          endpoint: vault:4317
`;
const VAULT = `apiVersion: bindplane.observiq.com/v1
kind: Destination
metadata:
  name: vault
spec:
  type: vault
  parameters:
    - name: opening_words
      value: ${PASSWORD}
`;
const BACKEND = `apiVersion: bindplane.observiq.com/v1
kind: Destination
metadata:
  name: shop-backend
spec:
  type: custom
  parameters:
    - name: telemetry_types
      value: [Logs, Metrics, Traces]
    - name: configuration
      value: |
        otlp:
          endpoint: telemetry.shop.example:4317
          headers:
            x-tenant: ${HEADER}
`;

/** The repository's destinations with the first one, the backend, replaced. */
function destinations(): string {
  const path = join(stage.repository.work, 'bindplane/destinations.yaml');
  const [, ...others] = readFileSync(path, 'utf8').split('---\n');
  return [BACKEND, ...others].join('---\n');
}

/** Everything a job leaves behind. */
function everything(result: ActionResult, pullRequest: number): string {
  const { outputs } = result;
  const files = ['plan-path', 'report-path', 'sarif-path'].flatMap((name) => {
    const path = outputs[name];
    return path === undefined ? [] : [readFileSync(path, 'utf8')];
  });
  return [
    ...result.log,
    ...Object.values(outputs),
    result.summary,
    ...files,
    ...stage.comments(pullRequest),
    ...stage.gitHub.state.reviewComments.map(({ body }) => body),
    ...stage.gitHub.state.checks.flatMap(({ title, summary, annotations }) => [
      title ?? '',
      summary ?? '',
      ...annotations.map(({ message }) => message),
    ]),
    ...stage.gitHub.state.statuses.map(({ description }) => description ?? ''),
  ].join('\n');
}

describe('secrets in what a pull request brings', () => {
  it('are in nothing that a plan, an apply or a rollout says', async () => {
    await stage.apply(await stage.repository.update());
    const proposal = await stage.proposeFiles({
      'types/vault.yaml': VAULT_TYPE,
      'bindplane/vault.yaml': VAULT,
      'bindplane/destinations.yaml': destinations(),
    });
    const toldOfPlan = everything(await stage.plan(proposal), proposal.number);
    expect(toldOfPlan).toContain('x-tenant');
    expect(toldOfPlan).not.toContain(PASSWORD);
    expect(toldOfPlan).not.toContain(HEADER);

    const applied = await stage.apply(await stage.merge(proposal));
    expect(applied.outputs['reason-code']).toBe('rollout-failed');
    const told = everything(applied, proposal.number);
    expect(
      told.match(/cannot use header value "‹redacted:\d+›" \(password was ‹redacted:\d+›\)/g),
    ).toHaveLength(3);
    expect(told).not.toContain(PASSWORD);
    expect(told).not.toContain(HEADER);
  });

  it('are in no finding, annotation or reason, though one quotes it', async () => {
    const proposal = await stage.proposeFiles({
      'types/vault.yaml': VAULT_TYPE,
      'bindplane/vault.yaml': VAULT,
      // A name that was mistaken for the value: a finding quotes it.
      'bindplane/open.yaml': `apiVersion: bindplane.observiq.com/v1
kind: Configuration
metadata:
  name: open
spec:
  sources:
    - name: ${PASSWORD}
  destinations:
    - name: vault
  selector:
    matchLabels:
      configuration: open
`,
    });
    const planned = await stage.plan(proposal);
    expect(planned.log.join('\n')).toMatch(/^::error file=bindplane\/open\.yaml,.*‹redacted/m);
    expect(everything(planned, proposal.number)).not.toContain(PASSWORD);

    const checks = { contents: 'read', pull_requests: 'write', checks: 'write' } as const;
    const checked = everything(
      await stage.plan(proposal, { 'control-plane': stage.bindplane.url }, checks),
      proposal.number,
    );
    expect(stage.gitHub.state.checks[0]?.annotations[0]?.message).toContain('‹redacted');
    expect(checked).not.toContain(PASSWORD);

    const applied = await stage.apply(await stage.merge(proposal));
    expect(applied.outputs['reason-code']).toBe('not-applyable');
    expect(everything(applied, proposal.number)).not.toContain(PASSWORD);

    const linted = await stage.plan(proposal, { mode: 'lint' });
    expect(linted.log.join('\n')).toContain('bindplane/open.yaml');
    expect(linted.log.join('\n')).not.toContain(PASSWORD);
  });
});

describe('files of a pull request that are not read', () => {
  it('are told in comment and annotations', async () => {
    const proposal = await stage.proposeFiles({
      'bindplane/link.yaml': { link: '/etc/passwd' },
      'bindplane/latin.yaml': Buffer.from('kind: Source\nmetadata: {name: caf\u00e9}\n', 'latin1'),
    });
    const planned = await stage.plan(proposal);
    const [comment = ''] = stage.comments(proposal.number);
    expect(comment).toContain('bindplane/link.yaml');
    expect(comment).toContain('symbolic link');
    expect(comment).toContain('not UTF-8');
    expect(comment).toContain('bindplane/latin.yaml:2');
    expect(planned.log.join('\n')).toMatch(/^::warning file=bindplane\/link\.yaml,line=1/m);
    expect(planned.log.join('\n')).toMatch(/^::error file=bindplane\/latin\.yaml,line=2/m);
    expect(planned.code).toBe(1);
  });
});

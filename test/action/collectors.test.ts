import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeFakeCollector, type FakeAnswer } from '../support/fake-collector.ts';
import { createStage, type JobStage, type Proposal } from './stage.ts';
import { action, inputVariables } from './support.ts';

let stage: JobStage;
let proposal: Proposal;
let bin: string;
beforeAll(async () => {
  stage = await createStage();
  proposal = await stage.propose(1);
});
afterAll(() => stage.close());
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'collie-action-bin-'));
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

const QUICK = { 'collector-run-for': '200ms' };

/** A comment without what differs from run to run. */
function steady(comment: string | undefined): string {
  return `${(comment ?? '')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/\b[0-9a-f]{40}\b/g, 'SHA')
    .replaceAll(/`[0-9a-f]{7,8}`/g, '`SHORT`')
    .replace(/^<!--.*-->\n/, '')
    .trim()}\n`;
}

function configsGiven(): readonly string[] {
  const lines = readFileSync(join(bin, 'calls.json'), 'utf8').trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { config: string }).config);
}

/** Of a version that wants more than the one the files speak of. */
const REFUSED: FakeAnswer = {
  to: 'validate',
  where: 'memory_limiter/shop-memory-limiter',
  prints:
    "Error: processors::memory_limiter/shop-memory-limiter: 'spike_limit_mib' must be smaller than 'limit_mib'",
};

describe('collectors on the runner', () => {
  it('are not asked unless the workflow names one', async () => {
    await stage.plan(proposal, {});
    expect(stage.comments(proposal.number)[0]).not.toContain('checked with');
  });

  it('say in the comment that they take what changes, and are given that alone', async () => {
    const result = await stage.plan(proposal, { collector: writeFakeCollector(bin), ...QUICK });
    const [comment] = stage.comments(proposal.number);
    expect(comment).toContain('checked with otelcol 0.158.0: 1 of 1 config validates and starts');
    expect(JSON.parse(readFileSync(result.outputs['plan-path'] ?? '', 'utf8'))).toMatchObject({
      collectorCheck: { collectors: ['otelcol 0.158.0'], configurations: 1, passed: 1, started: true },
    });
    expect(configsGiven()).toHaveLength(2);
  });

  it('fail the job with their own words on the line that caused them', async () => {
    const collector = writeFakeCollector(bin, { answers: [REFUSED] });
    const result = await stage.plan(proposal, { collector, ...QUICK });
    await expect(steady(stage.comments(proposal.number)[0])).toMatchFileSnapshot(
      'golden/collector-refuses.md',
    );
    expect(result.code).toBe(1);
    expect(result.outputs['reason-code']).toBe('findings');
  });

  it('are never given what comes from a fork', async () => {
    const { number, head, base, branch } = proposal;
    const result = await action({
      environment: {
        ...stage.environment('pull_request', head, `refs/pull/${number}/merge`),
        ...inputVariables({ collector: writeFakeCollector(bin), ...QUICK }),
      },
      event: {
        number,
        pull_request: {
          number,
          head: { sha: head, ref: branch, repo: { full_name: 'eve/telemetry' } },
          base: { sha: base, ref: 'main', repo: { full_name: 'shop/telemetry' } },
        },
        repository: { default_branch: 'main', full_name: 'shop/telemetry' },
      },
    });
    expect(result.summary).toContain('not checked with a collector: this comes from a fork');
    expect(() => configsGiven()).toThrow('ENOENT');
  });
});

describe('a program', () => {
  let withTool: Proposal;
  beforeAll(async () => {
    withTool = await stage.proposeFiles({
      'tools/otelcol': '#!/bin/sh\necho pwned > /tmp/pwned\n',
      'bindplane/note.yaml': '# nothing\n',
    });
  });

  it.each([
    ['tools/otelcol', (path: string): string => path],
    [
      'a link to it from elsewhere',
      (): string => {
        const link = join(bin, 'link');
        symlinkSync(join(stage.repository.work, 'tools', 'otelcol'), link);
        return link;
      },
    ],
  ])('that the pull request may change is not run: %s', async (path, name) => {
    const result = await stage.plan(withTool, { collector: name(path), ...QUICK });
    expect(result.code).toBe(64);
    expect(result.log.join('\n')).toContain('a file of this repository, which a pull request may change');
  });

  it('that a step of the workflow put beside the files is', async () => {
    const tools = join(stage.repository.work, 'installed');
    mkdirSync(tools);
    writeFakeCollector(tools);
    const result = await stage.plan(proposal, { collector: 'installed/otelcol-0.158.0', ...QUICK });
    expect(result.summary).toContain('checked with otelcol 0.158.0');
  });

  it('that is none ends the job in a sentence', async () => {
    const path = join(bin, 'none');
    writeFileSync(path, 'not a program');
    const result = await stage.plan(proposal, { collector: path });
    expect(result.code).toBe(1);
    expect(result.log.join('\n')).toContain(
      'cannot be used as a collector: there is no program that may be run',
    );
  });
});

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedPath, skipReason } from '../support/shared.ts';
import { collie, type CliResult } from './support.ts';

/** A real repository as somebody has it: its files in a commit after an empty one. What the plan holds is tested in core. */
const FOLDER = ['data', 'astroshop-bindplane-labs'] as const;
const folder = sharedPath(...FOLDER);
// oxlint-disable-next-line no-console -- why a test is skipped must be seen
if (folder === undefined) console.warn(skipReason(...FOLDER));

/** Rule and place of the defects that its README says lead to a failure, and what hints at them. All that lint tells of it is held in test/lint. */
const DEFECTS = [
  'BPR-002 bindplane/fleets.yaml:12',
  'BPR-002 bindplane/fleets.yaml:27',
  'BPR-002 bindplane/fleets.yaml:42',
  'BPR-004 bindplane/sources.yaml:33',
  'BPR-004 bindplane/sources.yaml:43',
  'BPR-008 bindplane/gateway-destination.yaml:18',
  'BPR-010 bindplane/k8s-cluster-agent.yaml:103',
  'BPR-010 bindplane/k8s-gateway-agent.yaml:220',
  'BPR-010 bindplane/k8s-node-agent.yaml:112',
  'VER-003 bindplane/sources.yaml:35',
  'VER-003 bindplane/sources.yaml:45',
];

interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly severity: string;
}

describe.skipIf(folder === undefined)('collie on a checkout of the astroshop repository', () => {
  let checkout = '';
  const run = (...args: string[]): Promise<CliResult> => collie(args, { directory: checkout });

  beforeAll(() => {
    checkout = mkdtempSync(join(tmpdir(), 'collie-astroshop-'));
    const git = (...args: string[]): void => {
      const identity = [
        '-c',
        'user.name=test',
        '-c',
        'user.email=test@example.com',
        '-c',
        'commit.gpgsign=false',
      ];
      execFileSync('git', [...identity, ...args], { cwd: checkout });
    };
    git('init', '-q', '-b', 'main');
    git('commit', '-q', '--allow-empty', '-m', 'nothing yet');
    cpSync(folder ?? '', checkout, { recursive: true });
    execFileSync('chmod', ['-R', 'u+w', checkout]);
    git('add', '-A');
    git('commit', '-q', '-m', 'the shop');
  });
  afterAll(() => {
    rmSync(checkout, { recursive: true, force: true });
  });

  it.each([
    ['lint', 'lint'],
    ['plan', 'plan', '--base', 'HEAD~1'],
    ['plan of commits', 'plan', '--base', 'HEAD~1', '--head', 'HEAD'],
    ['plan from nothing', 'plan', '--base', 'none'],
  ])('finds every defect at its line, and no other error: %s', async (_, ...args) => {
    const { code, out, err } = await run(...args, '--format', 'json');
    const { findings } = JSON.parse(out) as { findings: Finding[] };
    const told = (some: readonly Finding[]): readonly string[] =>
      some.map(({ rule, file, line }) => `${rule} ${file}:${line}`).sort();
    expect(told(findings)).toEqual(expect.arrayContaining(DEFECTS));
    expect(told(findings.filter(({ severity }) => severity === 'error'))).toEqual(
      DEFECTS.filter((defect) => /^BPR-00[28] /.test(defect)),
    );
    expect({ code, err }).toEqual({ code: 1, err: '' });
  });

  it('says the verdict first, each defect with its place, and what to run in which order', async () => {
    const { out } = await run('plan', '--base', 'HEAD~1');
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^🔴 This cannot be applied: 4 errors · 4 workloads/);
    for (const defect of DEFECTS) {
      const [rule = '', place = ''] = defect.split(' ');
      // A long place has a line of its own.
      const at = lines.findIndex((line) => line.startsWith(`${place}:`));
      expect(lines.slice(at, at + 2).join(' ')).toMatch(new RegExp(`^${place}:\\d+ .* ${rule} `));
    }
    const order = lines.slice(lines.findIndex((line) => line.startsWith('Apply order')));
    expect(order[0]).toBe('Apply order · 13 resources, 6 commands, then 3 rollouts');
    expect(order.filter((line) => /^ {5}(?:kubectl|helm) /.test(line)).map((line) => line.trim())).toEqual([
      'kubectl create namespace bindplane-agent --dry-run=client -o yaml | kubectl apply -f -',
      'kubectl create secret generic bindplane-agent-secret --namespace bindplane-agent --from-literal=secret-key="$SECRET_KEY"',
      'kubectl apply -f bindplane/k8s-gateway-agent.yaml',
      'kubectl apply -f bindplane/k8s-cluster-agent.yaml',
      'kubectl apply -f bindplane/k8s-node-agent.yaml',
      'helm upgrade --install RELEASE CHART --values astroshop-values.yaml --wait',
    ]);
    expect(out).not.toMatch(/undefined|\[object|NaN/);
  });

  it('gives the same as a comment', async () => {
    const { out } = await run('plan', '--base', 'HEAD~1', '--format', 'markdown');
    expect(out).toMatch(/^### 🔴 This cannot be applied: 4 errors/);
    for (const defect of DEFECTS) expect(out).toContain(`\`${defect.split(' ')[1]}\``);
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { collectorProgram } from '../../src/io/collector-program.ts';
import { IO_LIMITS } from '../../src/io/limits.ts';
import type { CollectorProgram, TrialInput } from '../../src/ports/collector-program.ts';
import { writeFakeCollector, type FakeAnswer } from '../support/fake-collector.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'collie-program-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const program = (...answers: readonly FakeAnswer[]): Promise<CollectorProgram> =>
  collectorProgram(writeFakeCollector(folder, { answers }));

const input = (text: string, more: Partial<TrialInput> = {}): TrialInput => ({
  text,
  environment: {},
  folders: [],
  gates: [],
  ...more,
});

interface Call {
  readonly args: readonly string[];
  readonly mode: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

function calls(): readonly Call[] {
  const lines = readFileSync(join(folder, 'calls.json'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Call);
}

describe('a binary', () => {
  it('tells its version, its components and its providers', async () => {
    const { capabilities } = await program();
    expect(capabilities).toMatchObject({
      command: 'otelcol',
      version: '0.158.0',
      providers: ['env', 'file'],
    });
    expect(capabilities.components.exporters.map(({ type }) => type)).toEqual(['nop', 'debug', 'otlp_grpc']);
  });

  it('that only tells its version can still validate', async () => {
    const path = join(folder, 'otelcol');
    writeFileSync(path, '#!/bin/sh\n[ "$1" = --version ] && echo "otelcol version 0.97.0" || exit 1\n');
    chmodSync(path, 0o755);
    const { capabilities } = await collectorProgram(path);
    expect(capabilities).toMatchObject({ command: 'otelcol', version: '0.97.0' });
    expect(capabilities.components.exporters).toEqual([]);
  });

  it.each([
    ['is not there', undefined],
    ['is no collector', '#!/bin/sh\necho hello\n'],
    ['refuses to answer', '#!/bin/sh\nexit 3\n'],
    ['cannot be executed', 'not a program'],
  ])('that %s is refused in a sentence', async (_, text) => {
    const path = join(folder, 'otelcol');
    if (text !== undefined) {
      writeFileSync(path, text);
      chmodSync(path, 0o755);
    }
    await expect(collectorProgram(path)).rejects.toMatchObject({
      code: 'no-collector',
      message: expect.stringContaining(`${path} cannot be used as a collector`),
    });
  });
});

describe('a trial', () => {
  it('sees nothing of our environment, works in a private folder, and leaves nothing behind', async () => {
    vi.stubEnv('GITHUB_TOKEN', 'secret');
    vi.stubEnv('HTTPS_PROXY', 'http://proxy.example');
    const place = await (await program()).open();
    await place.validate(
      input('a: 1', {
        environment: { NODE: 'placeholder', HOME: '/of/a/config', LD_PRELOAD: 'x', GOMEMLIMIT: 'x' },
      }),
    );
    const [call] = calls();
    expect(call?.mode).toBe('700');
    expect(call?.directory).toBe(place.folder);
    expect(call?.args).toEqual(['validate', '--config', join(place.folder, 'validate.yaml')]);
    expect(call?.environment).toMatchObject({
      NODE: 'placeholder',
      HOME: place.folder,
      HTTPS_PROXY: 'http://127.0.0.1:1',
    });
    for (const name of ['GITHUB_TOKEN', 'LD_PRELOAD', 'GOMEMLIMIT']) {
      expect(call?.environment).not.toHaveProperty(name);
    }
    await place.close();
    expect(existsSync(place.folder)).toBe(false);
  });

  it('of a good config validates, and runs until it is stopped', async () => {
    const place = await (await program()).open();
    expect(await place.validate(input('a: 1'))).toMatchObject({ how: 'exited', code: 0 });
    expect(await place.run(input('a: 1'), 300)).toMatchObject({
      how: 'stopped',
      afterMs: expect.any(Number),
    });
    await place.close();
  });

  it('that never gets ready, or never answers, is stopped', async () => {
    const answers = (['validate', 'start'] as const).map((to) => ({
      to,
      where: 'slow',
      prints: 'hm',
      hangs: true,
    }));
    const path = writeFakeCollector(folder, { answers });
    const place = await (await collectorProgram(path, 2000)).open();
    const ends = await Promise.all([place.validate(input('slow: 1')), place.run(input('slow: 1'), 1)]);
    expect(ends.map(({ how }) => how)).toEqual(['too late', 'too late']);
    await place.close();
  }, 20_000);

  it('of a bad one gives its words, its code, its signal', async () => {
    const refusing = await program(
      { to: 'validate', where: 'bad', prints: 'Error: no', code: 1 },
      { to: 'start', where: 'killed', prints: 'dying', signal: 'SIGKILL' },
    );
    const place = await refusing.open();
    expect(await place.validate(input('bad: 1'))).toMatchObject({
      how: 'exited',
      code: 1,
      output: 'Error: no\n',
    });
    expect(await place.run(input('killed: 1'), 10_000)).toMatchObject({ how: 'killed', signal: 'SIGKILL' });
    await place.close();
  });

  it('names feature gates in one word, at both stages', async () => {
    const place = await (await program()).open();
    const gated = input('a: 1', { gates: ['service.profilesSupport', '-other'] });
    await place.validate(gated);
    await place.run(gated, 1);
    const flag = '--feature-gates=service.profilesSupport,-other';
    expect(calls().map(({ args }) => args.slice(0, -1))).toEqual([
      ['validate', flag, '--config'],
      [flag, '--config'],
    ]);
    await place.close();
  });

  it('makes the folders that the config has in place of the agent’s', async () => {
    const place = await (await program()).open();
    const own = join(place.folder, 'folder-1');
    await place.validate(input('a: 1', { folders: [own] }));
    expect(existsSync(own)).toBe(true);
    await place.close();
  });

  it('that prints without end is kept to the end of it', async () => {
    const prints = `${'x'.repeat(3 * IO_LIMITS.maxCollectorOutputBytes)} the end`;
    const place = await (await program({ to: 'validate', where: 'loud', prints })).open();
    const { output } = await place.validate(input('loud: 1'));
    expect(output.length).toBe(IO_LIMITS.maxCollectorOutputBytes);
    expect(output).toMatch(/the end\n$/);
    await place.close();
  });
});

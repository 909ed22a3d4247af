import { describe, expect, it } from 'vitest';
import type { Ending } from '../../src/core/collector/trial/ending.ts';
import { tryConfigs, type ConfigToTry, type TrialReport } from '../../src/flows/try-configs.ts';
import type { CollectorProgram, TrialInput } from '../../src/ports/collector-program.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import { builtInCatalogue } from '../support/catalogue.ts';
import { rawConfig } from '../support/raw-config.ts';

const catalogue = builtInCatalogue();
const GOOD: Ending = { how: 'exited', code: 0, output: '', afterMs: 10 };
const RAN: Ending = { how: 'stopped', output: '', afterMs: 10, readyAfterMs: 1 };
const REFUSED: Ending = { how: 'exited', code: 1, output: 'Error: no', afterMs: 10 };

/** A binary that answers as told, and keeps what it was given. */
class Double implements CollectorProgram {
  readonly path: string;
  readonly capabilities: CollectorProgram['capabilities'];
  readonly given: (TrialInput & { readonly of: 'validate' | 'start' })[] = [];
  openNow = 0;
  mostOpen = 0;
  readonly #answers: { readonly validate?: Ending | Error; readonly start?: Ending };

  constructor(
    version: string,
    answers: { readonly validate?: Ending | Error; readonly start?: Ending } = {},
  ) {
    this.path = `/bin/otelcol-${version}`;
    this.#answers = answers;
    const components = { receivers: [], processors: [], connectors: [], extensions: [] };
    this.capabilities = {
      command: 'otelcol',
      version,
      components: { ...components, exporters: [{ type: 'nop' }] },
      providers: ['env'],
    };
  }

  async open(): ReturnType<CollectorProgram['open']> {
    this.openNow += 1;
    this.mostOpen = Math.max(this.mostOpen, this.openNow);
    return {
      folder: '/trial',
      validate: async (input) => {
        this.given.push({ ...input, of: 'validate' });
        await Promise.resolve();
        const { validate = GOOD } = this.#answers;
        if (validate instanceof Error) throw validate;
        return validate;
      },
      run: async (input) => {
        this.given.push({ ...input, of: 'start' });
        return this.#answers.start ?? RAN;
      },
      close: async () => {
        this.openNow -= 1;
      },
    };
  }
}

const config = (
  name: string,
  more: Partial<ConfigToTry> = {},
  text = `receivers: { nop/${name}: }\n`,
): ConfigToTry => ({
  config: rawConfig(`${name}.yaml`, text, name),
  versions: [],
  ...more,
});

const tried = (
  program: Double | readonly Double[],
  configs: readonly ConfigToTry[],
  more: { readonly runForMs?: number; readonly most?: number; readonly atOnce?: number } = {},
): Promise<TrialReport> => tryConfigs([program].flat(), configs, { catalogue, runForMs: 1000, ...more });

describe('configs given to a collector', () => {
  it('are validated, and started where that has nothing against them', async () => {
    const double = new Double('0.158.0');
    const { check } = await tried(double, [config('a')]);
    expect(double.given.map(({ of }) => of)).toEqual(['validate', 'start']);
    expect(check).toEqual({
      collectors: ['otelcol 0.158.0'],
      configurations: 1,
      passed: 1,
      inPart: 0,
      refused: 0,
      notJudged: 0,
      started: true,
    });
  });

  it('are not started where it refuses them, or where only its validation is asked for', async () => {
    const refusing = new Double('0.158.0', { validate: REFUSED });
    expect((await tried(refusing, [config('a')])).check.refused).toBe(1);
    const taking = new Double('0.158.0');
    expect((await tried(taking, [config('a')], { runForMs: 0 })).check.started).toBe(false);
    expect([...refusing.given, ...taking.given].map(({ of }) => of)).toEqual(['validate', 'validate']);
  });

  it('are told by what the start said where the validation could not judge them', async () => {
    const missing = { ...REFUSED, output: 'Error: extensions::file_storage: directory must exist: stat /x' };
    const double = new Double('0.158.0', { validate: missing });
    const { check, findings } = await tried(double, [config('a')]);
    expect(check).toMatchObject({ passed: 1, inPart: 1, refused: 0, notJudged: 0 });
    expect(findings.map(({ rule }) => rule)).toEqual(['collector-untried']);
  });

  it('of one text are tried once, and told for each', async () => {
    const double = new Double('0.158.0', { validate: REFUSED });
    const { findings, check } = await tried(double, [
      config('a', {}, 'x: 1\n'),
      config('b', {}, 'x: 1\n'),
      config('c', { gates: ['service.profilesSupport'] }, 'x: 1\n'),
    ]);
    expect(double.given.map(({ gates }) => gates)).toEqual([[], ['service.profilesSupport']]);
    expect(findings.map(({ at }) => at?.file)).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
    expect(check).toMatchObject({ configurations: 3, refused: 3 });
  });

  it('go to the nearest version each, several where their agents have several', async () => {
    const [old, young] = [new Double('0.129.0'), new Double('0.158.0')];
    const { check, findings } = await tried(
      [old, young],
      [config('a', { versions: ['0.128.0', '0.157.1'] }), config('b', { versions: ['0.158.3'] })],
    );
    expect([old.given.length, young.given.length]).toEqual([2, 4]);
    expect(check).toMatchObject({
      configurations: 2,
      passed: 2,
      collectors: ['otelcol 0.129.0', 'otelcol 0.158.0'],
    });
    expect(findings.map(({ message }) => message)).toEqual([
      'judged by otelcol 0.129.0; the collectors that run a are 0.128.0',
      'judged by otelcol 0.158.0; the collectors that run a are 0.157.1',
    ]);
  });

  it('are tried a few at a time', async () => {
    const double = new Double('0.158.0');
    const names = Array.from({ length: 12 }, (_, index) => `c${index}`);
    await tried(
      double,
      names.map((name) => config(name)),
      { atOnce: 3 },
    );
    expect(double.mostOpen).toBe(3);
    expect(double.openNow).toBe(0);
  });

  it('beyond what one run tries are counted', async () => {
    const double = new Double('0.158.0');
    const { check, findings } = await tried(
      double,
      ['a', 'b', 'c'].map((name) => config(name)),
      { most: 1 },
    );
    expect(check).toMatchObject({ configurations: 3, passed: 1, notJudged: 2 });
    expect(findings.map(({ message }) => message)).toEqual([
      'not tried: 2 more; in one run 1 different configs are tried',
    ]);
  });

  it('leave no folder where the binary cannot be run', async () => {
    const broken = new OperationError({ code: 'no-collector', message: 'it is gone', hint: '' });
    const double = new Double('0.158.0', { validate: broken });
    await expect(tried(double, [config('a')])).rejects.toBe(broken);
    expect(double.openNow).toBe(0);
  });
});

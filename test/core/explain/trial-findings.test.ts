import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Capabilities } from '../../../src/core/collector/trial/capabilities.ts';
import type { Ending } from '../../../src/core/collector/trial/ending.ts';
import { startableConfig, validatableConfig } from '../../../src/core/collector/trial/trial-config.ts';
import { judge, type Judged, type Runner } from '../../../src/core/explain/trial-findings.ts';
import { otherVersions } from '../../../src/core/explain/trial-versions.ts';
import { builtInCatalogue } from '../../support/catalogue.ts';
import { rawConfig } from '../../support/raw-config.ts';

const catalogue = builtInCatalogue();
const capabilities: Capabilities = {
  command: 'otelcol',
  version: '0.158.0',
  components: {
    receivers: [{ type: 'otlp' }, { type: 'nop' }],
    processors: [],
    exporters: [{ type: 'nop' }],
    connectors: [],
    extensions: [],
  },
  providers: ['env', 'file'],
};

const CONFIG = `receivers:
  otlp:
    protocols:
      grpc: { endpoint: "0.0.0.0:4317" }
      http: { endpoint: "0.0.0.0:4317" }
processors:
  batch:
    timeout: "\${env:EVERY}"
  transform/drop: {}
exporters:
  otlp/gw: { endpoint: "gw:4317" }
service:
  pipelines:
    traces: { receivers: [otlp], processors: [transform/drop, batch], exporters: [otlp/gw] }
`;

function judged(
  of: 'validate' | 'start',
  ending: Partial<Ending>,
  text = CONFIG,
  runners: readonly Runner[] = [],
): Judged {
  const config = rawConfig('c.yaml', text);
  const context = { capabilities, catalogue, folder: '/trial' };
  const given = of === 'validate' ? validatableConfig(config, context) : startableConfig(config, context);
  if ('reason' in given) throw new Error(given.reason);
  const whole: Ending = { how: 'exited', code: 1, output: '', afterMs: 1234, ...ending };
  return judge({ of, ending: whole, given, config, capabilities, catalogue, runners });
}

describe('what a collector says', () => {
  it('is nothing where it validates, and where it runs until it is stopped', () => {
    expect(judged('validate', { code: 0 })).toEqual({ stage: 'validate', verdict: 'passed', findings: [] });
    expect(judged('start', { how: 'stopped', output: '' }).verdict).toBe('passed');
  });

  it('at validate is a finding on its line, with its own words and its version', () => {
    const output =
      "Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n'processors' error reading configuration for \"batch\": decoding failed due to the following error(s):\n\n'batchprocessor.Config' has invalid keys: send_batch_sizee\n";
    expect(judged('validate', { output })).toMatchObject({
      verdict: 'refused',
      findings: [
        {
          rule: 'collector-validate',
          severity: 'error',
          message: expect.stringMatching(/^otelcol 0\.158\.0 refuses this: processor batch: key/),
          at: { file: 'c.yaml', line: 7 },
          otelcolMessage: "'batchprocessor.Config' has invalid keys: send_batch_sizee",
          configuration: 'Configuration/raw',
        },
      ],
    });
  });

  it('at start is in the words of the config and not in those of the trial', () => {
    const output =
      'Error: cannot start pipelines: failed to start "otlp" receiver: listen tcp 127.0.0.1:42317: bind: address already in use\n';
    expect(judged('start', { output }).findings).toMatchObject([
      {
        rule: 'collector-start',
        message:
          'otelcol 0.158.0 does not start with this, though it validates: receiver otlp: it cannot start: 0.0.0.0:4317: address already in use',
        at: { line: 4 },
        otelcolMessage:
          'failed to start "otlp" receiver: listen tcp 0.0.0.0:4317: bind: address already in use',
      },
    ]);
  });

  it('after its start is told with the time that it took', () => {
    const output = 'Error: something odd happened\n';
    expect(judged('start', { output, readyAfterMs: 234 }).findings).toMatchObject([
      {
        rule: 'collector-run',
        message: 'otelcol 0.158.0 stopped 1.0 s after it was ready: its words are not known here',
        otelcolMessage: 'Error: something odd happened',
      },
    ]);
  });

  it('in a crash is its first line, at the component in whose code it was', () => {
    const output = `panic: runtime error: index out of range [3] with length 2

goroutine 1 [running]:
github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor.newThing(0x0)
\tgithub.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor@v0.158.0/factory.go:12
`;
    expect(judged('start', { code: 2, output })).toMatchObject({
      stage: 'start',
      verdict: 'refused',
      findings: [
        {
          rule: 'collector-start',
          message:
            'otelcol 0.158.0 crashes with this in processor transform/drop: panic: runtime error: index out of range [3] with length 2',
          at: { line: 9 },
          certainty: 'likely',
        },
      ],
    });
  });

  it('by ending without a word is told too', () => {
    expect(judged('start', { how: 'killed', signal: 'SIGKILL' }).findings).toMatchObject([
      { message: 'otelcol 0.158.0 ended by itself after 1.2 s (killed by SIGKILL)', severity: 'error' },
    ]);
    expect(judged('start', { code: 0 }).findings).toMatchObject([
      { message: 'otelcol 0.158.0 ended by itself after 1.2 s (exit code 0)' },
    ]);
  });
});

describe('what a collector here cannot tell', () => {
  const untried = (output: string, text = CONFIG): unknown => {
    const { verdict, findings } = judged('start', { output }, text);
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([['collector-untried', 'notice']]);
    expect(verdict).toBe('not judged');
    return findings[0]?.message;
  };

  it('is what the agent’s disk has', () => {
    expect(
      untried(
        'Error: cannot start pipelines: failed to start "otlp_grpc" exporter: failed to load TLS config: open /etc/ca.pem: no such file or directory\n',
      ),
    ).toContain('this machine is not the agent’s');
  });

  it('is what needs a cluster', () => {
    expect(
      untried(
        'Error: failed to build pipelines: failed to create "kubeletstats" receiver for data type "metrics": unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined\n',
      ),
    ).toContain('needs a cluster');
  });

  it('is a value that a variable gives', () => {
    expect(
      untried('Error: invalid configuration: processors::batch::timeout: time: invalid duration\n'),
    ).toContain('`${env:EVERY}`, which was filled with a placeholder');
  });

  it('is a component that the agents’ own distribution has', () => {
    const output =
      'Error: failed to get config: cannot unmarshal the configuration: decoding failed due to the following error(s):\n\n\'processors\' unknown type: "transform" for id: "transform/drop" (valid values: [batch])';
    const by = (...runners: readonly Runner[]): readonly unknown[] => {
      const { verdict, findings } = judged('validate', { output }, CONFIG, runners);
      return [verdict, findings[0]?.rule, findings[0]?.message.includes('which runs this, has it')];
    };
    const contrib: Runner = { distribution: 'otelcol-contrib', version: '0.158.0' };
    expect(by(contrib)).toEqual(['not judged', 'collector-untried', true]);
    // Core has no transform processor, and of no runner nothing is known.
    expect(by(contrib, { distribution: 'otelcol', version: '0.158.0' })[0]).toBe('refused');
    expect(by()[0]).toBe('refused');
  });

  it('is what a stand-in says', () => {
    expect(
      untried(
        'Error: failed to build pipelines: failed to create "nop/trial-of/otlp/gw" exporter, in pipeline "profiles": telemetry type is not supported\n',
      ),
    ).toBe('not tried: what replaces otlp/gw in a trial does not do what it does there');
  });

  it('is what takes too long', () => {
    expect(judged('validate', { how: 'too late', afterMs: 30_000 }).findings).toMatchObject([
      {
        rule: 'collector-untried',
        message: 'not tried: otelcol 0.158.0 gave no answer to `validate` within 30.0 s',
      },
    ]);
  });
});

interface Sample {
  readonly cause: string;
  readonly config: string;
  readonly where: string;
  readonly text: string;
}

describe('recorded texts of real collectors', () => {
  const FILE = join(import.meta.dirname, '../collector/errors/collector-errors.json');
  const samples = (JSON.parse(readFileSync(FILE, 'utf8')) as readonly Sample[]).filter(
    ({ where, text }) => where.startsWith('validate') && text !== '',
  );

  it.each(samples)(
    '$cause: becomes findings of the validation, with its words',
    ({ config: text, text: output }) => {
      const config = rawConfig('c.yaml', text);
      const read = validatableConfig(config, { capabilities, catalogue, folder: '/trial' });
      const given = 'reason' in read ? { text, changes: [], words: [], folders: [], placeholders: [] } : read;
      const ending: Ending = { how: 'exited', code: 1, output, afterMs: 100 };
      const { findings } = judge({
        of: 'validate',
        ending,
        given,
        config,
        capabilities,
        catalogue,
        runners: [],
      });
      expect(findings.length).toBeGreaterThan(0);
      for (const { rule, otelcolMessage } of findings) {
        expect(rule).toMatch(/^collector-(?:validate|untried)$/);
        expect(otelcolMessage).toBeTruthy();
      }
    },
  );

  it('are as many as were recorded', () => {
    expect(samples.length).toBeGreaterThan(80);
  });
});

describe('versions', () => {
  const by = (name: string, ...versions: readonly string[]): Parameters<typeof otherVersions>[0][number] => ({
    name,
    versions,
    capabilities,
  });

  it('that differ are said once for each pair, in one notice', () => {
    expect(
      otherVersions([by('b', '0.129.0'), by('a', '0.129.0', '0.158.2'), by('c')]).map(
        ({ message }) => message,
      ),
    ).toEqual(['judged by otelcol 0.158.0; the collectors that run a, b are 0.129.0']);
  });

  it('of the same minor release are the same', () => {
    expect(otherVersions([by('a', '0.158.1')])).toEqual([]);
  });
});

import { mkdtemp } from 'node:fs/promises';
import { createServer, type Http2Server } from 'node:http2';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentState } from '../../src/core/fleet/agent-state.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import type { Supervisor } from '../../app/demo/agents/real.ts';
import { freePorts, Stage } from './stage.ts';
import { Traffic } from './traffic.ts';

/** Two real supervised collectors that send their own metrics each second, with spans flowing through both. */
export interface Lab {
  readonly stage: Stage;
  readonly supervisors: ReadonlyMap<string, Supervisor>;
  /** Address of a server that answers every export with 401. */
  readonly unauthorized: string;
  close(): Promise<void>;
}

const AGENTS = ['edge-1', 'edge-2'] as const;

/** Times of a laboratory: a window a second, two seconds to settle, five seconds of silence count. */
function labPolicy(name: string, canarySoak: string): object {
  return {
    kind: 'RolloutPolicy',
    metadata: { name },
    spec: {
      soak: { settle: '2s', canary: canarySoak, batch: '4s' },
      gates: {
        'flow-stopped': { silentSeconds: 5 },
        backlog: { windows: 4, pinnedSeconds: 6 },
        'crash-loop': { withinSeconds: 60 },
      },
    },
  };
}

export async function openLab(binaries: {
  readonly collector: string;
  readonly supervisor: string;
}): Promise<Lab> {
  const ports = await freePorts(AGENTS.length);
  const folder = await mkdtemp(join(tmpdir(), 'collie-lab-'));
  const stage = await Stage.open(
    folder,
    // A supervisor starts a collector that ended after five seconds: that alone is no lack of health.
    'metrics: {reader: true, intervalMs: 1000, windowMs: 1000, prometheus: false}\nrollout: {unhealthyMs: 10000}\n',
  );
  for (const [name, soak] of [
    ['lab', '12s'],
    ['lab-long', '90s'],
  ] as const) {
    await stage.call('PUT', `/v1/collie/policies/${name}`, labPolicy(name, soak));
  }
  const supervisors = new Map<string, Supervisor>();
  const traffic: Traffic[] = [];
  for (const [index, name] of AGENTS.entries()) {
    const environment = { LAB_PORT: String(ports[index]) };
    const more = { applyTimeout: '2s', environment };
    supervisors.set(name, await stage.join(name, binaries.collector, binaries.supervisor, 'ws', more));
    traffic.push(new Traffic(ports[index] ?? 0));
  }
  const refusing = await refusingBackend();
  return {
    stage,
    supervisors,
    unauthorized: refusing.address,
    close: async () => {
      for (const one of traffic) await one.stop();
      await stage.close();
      refusing.server.close();
    },
  };
}

/** A config whose receiver has a port of its own in each collector; `exporter` as `type/name`, with its settings. */
export function labConfig(exporter: string, settings: string, note = ''): string {
  return `# ${note}
receivers:
  otlp: {protocols: {http: {endpoint: "127.0.0.1:\${env:LAB_PORT}"}}}
exporters:
  ${exporter}: ${settings}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [${exporter}]}
`;
}

/** Waits until both collectors sent for some windows: there is something to compare with then. */
export async function flowing(stage: Stage): Promise<void> {
  for (const name of AGENTS) {
    const flows = stage.agent(name, ({ throughput }) =>
      (throughput?.pipelines ?? []).some(({ outPerSecond = 0 }) => outPerSecond > 0),
    );
    await flows.catch(async (error: unknown) => {
      const { agents } = await stage.call('GET', '/v1/agents');
      throw new Error(`of ${name} nothing arrives; agents: ${JSON.stringify(agents)}`, { cause: error });
    });
  }
}

/** Agents that a rollout offered its version, by what they say of themselves at its end. */
export async function wordsOf(stage: Stage, name: string): Promise<Pick<AgentState, 'running' | 'healthy'>> {
  const { running, healthy } = await stage.agent(name, () => true);
  return { ...(running === undefined ? {} : { running }), ...(healthy === undefined ? {} : { healthy }) };
}

/** Which gate failed, by its title; those in shadow are left out. */
export function failedGates({ gates }: RolloutView): readonly string[] {
  return (gates?.ran ?? [])
    .filter(({ verdict, evidence }) => verdict === 'fail' && !evidence.endsWith('(in shadow)'))
    .map(({ title }) => title);
}

/** HTTP/2 in the clear, as gRPC speaks it without TLS: every request gets 401. */
async function refusingBackend(): Promise<{ readonly address: string; readonly server: Http2Server }> {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.respond({ ':status': 401, 'content-type': 'text/plain' });
    stream.end('no');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { address: `127.0.0.1:${port}`, server };
}

import type { JsonMap } from '../../src/core/document/node.ts';
import type { ServerRolloutPolicy } from '../../src/core/rollout/server-rollout/policy.ts';
import type { RolloutView } from '../../src/core/rollout/view.ts';
import { driveRollout, type DriveInput, type DriveResult } from '../../src/flows/drive.ts';
import { connectControlPlane } from '../../src/io/control-planes/index.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import { startBindplane, type BindplaneStandIn, type FleetAgent } from '../support/bindplane-stand-in.ts';
import { virtualClock } from './support.ts';

/** A config that every agent takes, one that every agent refuses, and one that only some refuse, by name. */
export const GOOD = 'receivers: { nop: }\n';
export const REFUSED = 'receivers: { nope: }\n';
export const refusedBy = (...names: readonly string[]): string =>
  `receivers: { nop/next: }\n${names.map((name) => `# not for ${name}\n`).join('')}`;
export const REFUSAL = 'error decoding \'receivers\': unknown type: "nope" for id: "nope"';

export interface Fleet {
  readonly server: BindplaneStandIn;
  readonly plane: ControlPlane;
  readonly clock: Clock;
  /** Stores a new version of configuration `edge`. */
  store(raw: string, more?: JsonMap): Promise<void>;
  /** Stores a version and rolls it out to everybody. */
  settle(raw: string): Promise<void>;
  drive(input?: Partial<DriveInput>): Promise<DriveResult & { readonly told: readonly RolloutView[] }>;
  agent(name: string): FleetAgent;
  /** From now on agents refuse these as well. */
  refusesToo(refuses: (name: string, config: string) => boolean): void;
  /** The server calls an agent disconnected, or has it back. */
  away(name: string, isAway: boolean): void;
  /** What each agent runs, by name. */
  runs(): Readonly<Record<string, string>>;
  /** Writes that reached the server, like `PUT pause`. */
  commands(): readonly string[];
  close(): Promise<void>;
}

/** Phases of one, three, nine; two minutes of soak. */
export const POLICY: ServerRolloutPolicy = {
  initial: 1,
  multiplier: 3,
  maximum: 100,
  maxErrors: 0,
  rollbackOnFailure: true,
  deadlineMs: 60_000,
  soakMs: 120_000,
};

/** A BindPlane server with so many agents `a`, `b` …, whose time passes while somebody waits. `meanwhile` happens at each wait. */
export async function fleetOf(
  agents: number,
  meanwhile: (fleet: Fleet, passedMs: number) => void | Promise<void> = () => undefined,
  vintage: '1.35' | '2026' = '2026',
): Promise<Fleet> {
  let refusesToo: (name: string, config: string) => boolean = () => false;
  const server = await startBindplane({
    vintage,
    refuses: ({ name }, config) => {
      const written = config.includes('nope') || config.includes(`not for ${name}\n`);
      return written || refusesToo(name, config) ? REFUSAL : undefined;
    },
  });
  const time = virtualClock();
  const begin = time.now();
  const clock: Clock = {
    now: () => time.now(),
    wait: async (durationMs) => {
      await time.wait(durationMs);
      await meanwhile(fleet, time.now() - begin);
      server.tick();
    },
  };
  const plane = connectControlPlane({ url: server.url, clock: virtualClock() });
  if (plane === undefined) throw new Error('no control plane');
  for (let index = 0; index < agents; index++) {
    const name = String.fromCodePoint(97 + index);
    server.addAgent({ name, id: name, version: '1.80.1', labels: { configuration: 'edge' } });
  }
  const store = async (raw: string, more: JsonMap = {}): Promise<void> => {
    await plane.apply([
      {
        apiVersion: 'bindplane.observiq.com/v1',
        kind: 'Configuration',
        metadata: { name: 'edge' },
        spec: { raw, selector: { matchLabels: { configuration: 'edge' } }, ...more },
      },
    ]);
  };
  const fleet: Fleet = {
    server,
    plane,
    clock,
    store,
    settle: async (raw) => {
      await store(raw);
      const all = { initial: 100, multiplier: 1, maximum: 100 };
      await plane.startRollout('edge', { phaseAgentCount: all, maxErrors: 0 });
      server.tick();
      server.tick();
    },
    drive: async (input = {}) => {
      const told: RolloutView[] = [];
      const result = await driveRollout({
        controlPlane: plane,
        clock,
        configuration: 'edge',
        explain: () => [],
        deadlineMs: 3_600_000,
        onChange: async (view) => void told.push(view),
        ...input,
      });
      return { ...result, told };
    },
    agent: (name) => {
      const found = server.agents.find((agent) => agent.name === name);
      if (found === undefined) throw new Error(`no agent ${name}`);
      return found;
    },
    refusesToo: (refuses) => {
      refusesToo = refuses;
    },
    away: (name, isAway) => {
      const agent = fleet.agent(name);
      [agent.status, agent.disconnectedAt] = isAway ? [0, new Date(clock.now()).toISOString()] : [1, ''];
    },
    runs: () => Object.fromEntries(server.agents.map(({ name, current }) => [name, current])),
    commands: () =>
      server.requests
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path }) => `${method} ${path.split('/').at(-1) ?? ''}`),
    close: () => server.close(),
  };
  return fleet;
}

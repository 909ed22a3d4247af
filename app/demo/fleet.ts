import { access, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { isMap, type Json, type JsonMap, plain } from '../../src/core/document/node.ts';
import { parseYaml } from '../../src/core/document/yaml.ts';
import { startSupervisor } from './agents/real.ts';
import { startSimulated } from './agents/simulated.ts';

/** One agent of `agents.yaml`. */
export interface FleetMember {
  readonly name: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Wanted as a real collector; it is simulated where none is found. */
  readonly real: boolean;
}

export interface Fleet {
  readonly members: readonly FleetMember[];
  /** Names of the agents that are real collectors in this run. */
  readonly real: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Ports that the gateway's OTLP receiver takes; where one is in use, the real agent would be refused for that. */
const GATEWAY_PORTS = [4317, 4318];

/** Reads `agents.yaml`; throws with the first problem's place, since the demo has nothing to go on with. */
export async function readFleet(path: string): Promise<readonly FleetMember[]> {
  const parsed = parseYaml(path, await readFile(path, 'utf8'));
  const [problem] = parsed.findings.filter((finding) => finding.severity === 'error');
  if (problem !== undefined) throw new Error(`${path}:${problem.at?.line ?? 1}: ${problem.message}`);
  const list = plain(parsed.documents[0]?.root);
  if (!Array.isArray(list)) throw new Error(`${path}: a list of {name, version, labels} is expected`);
  return list.map((item: Json, index) => {
    const member = isMap(item) ? item : {};
    const { name, version, labels } = member;
    if (typeof name !== 'string' || typeof version !== 'string' || !isMap(labels)) {
      throw new Error(
        `${path}: item ${index + 1} needs a name, a version in quotes or with two dots, and labels`,
      );
    }
    return {
      name,
      version,
      labels: labelsOf(labels),
      real: member['real'] === true,
    };
  });
}

/** Labels are texts; `true` and `8` without quotes mean what they look like. */
function labelsOf(labels: JsonMap): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

/** Where agents connect and what is found of real programs. */
export interface FleetOptions {
  readonly endpoint: string;
  readonly secretKey: string;
  readonly folder: string;
  readonly collector?: string;
  readonly supervisor?: string;
}

/** Starts every member: real ones one after the other (their bootstrap shares a port), simulated ones at once. */
export async function startFleet(members: readonly FleetMember[], options: FleetOptions): Promise<Fleet> {
  const stops: (() => Promise<void>)[] = [];
  const real = new Set<string>();
  const possible = options.collector !== undefined && options.supervisor !== undefined && (await portsFree());
  for (const member of members) {
    const common = { ...member, endpoint: options.endpoint, secretKey: options.secretKey };
    if (member.real && possible) {
      const supervisor = await startSupervisor({
        ...common,
        collector: options.collector ?? '',
        supervisor: options.supervisor ?? '',
        folder: join(options.folder, 'agents', member.name),
      });
      real.add(member.name);
      stops.push(() => supervisor.stop());
    } else {
      const simulated = startSimulated(common);
      stops.push(async () => simulated.stop());
    }
  }
  return {
    members,
    real,
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

/** A program given by an environment variable, else found in PATH; undefined when there is none. */
export async function findProgram(variable: string, name: string): Promise<string | undefined> {
  const given = process.env[variable];
  if (given !== undefined && given !== '') return given;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder, name);
    const there = await access(candidate).then(
      () => true,
      () => false,
    );
    if (there) return candidate;
  }
  return undefined;
}

async function portsFree(): Promise<boolean> {
  const free = await Promise.all(GATEWAY_PORTS.map((port) => portFree(port, '0.0.0.0')));
  return free.every(Boolean);
}

/** Whether nobody listens at an address of this machine. */
export function portFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

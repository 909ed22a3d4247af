import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sharedPath } from '../../support/shared.ts';
import { LineProcess } from './processes.ts';

/** The load client, built once; a sentence where it cannot be had. */
export function loadClient(): { readonly program: string } | { readonly reason: string } {
  const sources = sharedPath('tools', 'opamp-load');
  if (sources === undefined) return { reason: 'the load client opamp-load is not beside this checkout' };
  const folder = process.env['COLLIE_CACHE'] ?? join(homedir(), '.cache', 'collie');
  const program = join(folder, 'opamp-load');
  if (existsSync(program)) return { program };
  mkdirSync(folder, { recursive: true });
  const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: sources, encoding: 'utf8' });
  if (built.error !== undefined) return { reason: `Go is missing: ${built.error.message}` };
  return built.status === 0 ? { program } : { reason: `opamp-load does not build: ${built.stderr.trim()}` };
}

export interface LoadOptions {
  readonly program: string;
  readonly url: string;
  readonly secretKey: string;
  readonly agents: number;
  /** New connections a second; 0: as fast as they go. */
  readonly ramp: number;
  readonly heartbeatSeconds: number;
}

/** So many agents with the label `configuration=load`, each taking 10 to 50 ms to apply a config. */
export function startLoad({
  program,
  url,
  secretKey,
  agents,
  ramp,
  heartbeatSeconds,
}: LoadOptions): LineProcess {
  const flags: Readonly<Record<string, string>> = {
    url,
    header: `Authorization: Secret-Key ${secretKey}`,
    count: String(agents),
    ramp: String(ramp),
    dialers: '64',
    heartbeat: `${heartbeatSeconds}s`,
    settle: '1s',
    labels: 'configuration=load',
  };
  return new LineProcess(
    program,
    Object.entries(flags).flatMap(([name, value]) => [`-${name}`, value]),
  );
}

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** What a supervised collector needs to enrol. */
export interface SupervisorOptions {
  readonly collector: string;
  readonly supervisor: string;
  /** Everything the supervisor keeps (identity, last config, logs) lives here and survives a restart. */
  readonly folder: string;
  /** `ws://host:port/v1/opamp`. */
  readonly endpoint: string;
  readonly secretKey: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How long a collector must run for its config to count as applied; one second where it is left out. */
  readonly applyTimeout?: string;
  /** What its collector finds in its environment besides. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Supervisor {
  /** Process id, for tests that kill it. */
  readonly pid: number;
  stop(): Promise<void>;
}

const BOOTSTRAP_POLL_MS = 100;
const BOOTSTRAP_LIMIT_MS = 10_000;

/**
 * Starts opampsupervisor 0.158 with one collector and returns once its bootstrap is over.
 *
 * Two facts shape the file it writes. During bootstrap the collector takes port 8888 for its own metrics and no setting
 * moves it, so two supervisors on one host must start one after the other; a local config file then turns those metrics
 * off. And without `collector_crash_log_snippet_kib` a refusal says only "exited with code 1".
 * Throws when the supervisor ends or does not come up within ten seconds, with the end of its log.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  await mkdir(options.folder, { recursive: true });
  await writeFile(
    join(options.folder, 'local.yaml'),
    'service:\n  telemetry:\n    metrics:\n      level: none\n',
  );
  await writeFile(
    join(options.folder, 'supervisor.yaml'),
    JSON.stringify(supervisorConfig(options), null, 2),
  );
  const log = join(options.folder, 'supervisor.log');
  const child = spawn(options.supervisor, ['--config', join(options.folder, 'supervisor.yaml')], {
    // The reader of a collector's own metrics shows the key by this name; a collector has its supervisor's environment.
    env: { ...process.env, ...options.environment, COLLIE_SECRET_KEY: options.secretKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stream = createWriteStream(log, { flags: 'a' });
  child.stdout.pipe(stream, { end: false });
  child.stderr.pipe(stream, { end: false });
  let ended = false;
  const exit = new Promise<void>((resolve) => {
    child.once('exit', () => {
      ended = true;
      stream.end();
      resolve();
    });
  });
  await bootstrapped(options.folder, () => ended, log);
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      if (!ended) child.kill('SIGTERM');
      await exit;
    },
  };
}

/** The supervisor reads YAML; JSON is YAML. */
function supervisorConfig(options: SupervisorOptions): unknown {
  return {
    server: {
      endpoint: options.endpoint,
      headers: { Authorization: [`Secret-Key ${options.secretKey}`] },
      tls: { insecure: true },
    },
    storage: { directory: join(options.folder, 'storage') },
    capabilities: {
      accepts_remote_config: true,
      reports_remote_config: true,
      reports_effective_config: true,
      reports_health: true,
      reports_available_components: true,
      reports_heartbeat: true,
    },
    agent: {
      executable: options.collector,
      collector_crash_log_snippet_kib: 16,
      config_apply_timeout: options.applyTimeout ?? '1s',
      config_files: [join(options.folder, 'local.yaml')],
      description: {
        non_identifying_attributes: {
          'host.name': options.name,
          'service.instance.name': options.name,
          'service.labels': Object.entries(options.labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(','),
        },
      },
    },
  };
}

async function bootstrapped(folder: string, ended: () => boolean, log: string): Promise<void> {
  const marker = join(folder, 'storage', 'effective.yaml');
  for (let waited = 0; waited < BOOTSTRAP_LIMIT_MS; waited += BOOTSTRAP_POLL_MS) {
    if (ended()) throw new Error(`opampsupervisor ended while starting; its log is ${log}`);
    const there = await access(marker).then(
      () => true,
      () => false,
    );
    if (there) return;
    await wait(BOOTSTRAP_POLL_MS);
  }
  throw new Error(`opampsupervisor did not come up within ${BOOTSTRAP_LIMIT_MS / 1000} s; its log is ${log}`);
}

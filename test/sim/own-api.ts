import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { ApiDependencies } from '../../app/api/dependencies.ts';
import { createApi } from '../../app/api/server.ts';
import { directory } from '../../app/compose/directory.ts';
import { APP_LIMITS, ROLLOUT_TIMINGS } from '../../app/limits.ts';
import { NO_TELEMETRY } from '../../app/telemetry/telemetry.ts';
import { readTypes } from '../../src/core/bindplane/types.ts';
import type { ComponentCatalogue } from '../../src/core/collector/catalogue.ts';
import { loadCatalogue } from '../../src/io/files.ts';
import { FLEET_TYPES } from './fleet-files.ts';
import type { ServerProcess } from './process.ts';

export const TYPES: ApiDependencies['types'] = {
  documents: FLEET_TYPES,
  catalogue: readTypes(FLEET_TYPES.map((value) => ({ file: 'fleet-types.yaml', value, verified: true })))
    .types,
};

/** The process that a request was sent to. */
const asked = new AsyncLocalStorage<ServerProcess>();

/** Whatever the process that is asked has in this place. */
function ofProcess<T extends object>(find: (process: ServerProcess) => T | undefined): T {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- every property is that of the value that is found
  return new Proxy({} as T, {
    get: (_target, key) => {
      const process = asked.getStore();
      const found = process === undefined ? undefined : find(process);
      if (found === undefined) throw new Error(`${String(key)} is not part of the simulation`);
      const value: unknown = Reflect.get(found, key);
      return typeof value === 'function' ? (value.bind(found) as unknown) : value;
    },
  });
}

const nothing = ofProcess<never>(() => undefined);

/** The engine of the process that is asked. */
const engine = ofProcess((process) => process.engine);

const DEPENDENCIES: ApiDependencies = {
  store: ofProcess((process) => process.store),
  audit: ofProcess((process) => process.audit),
  clock: ofProcess((process) => process.clock),
  redaction: ofProcess((process) => process.redaction),
  control: ofProcess((process) => process.control),
  agents: ofProcess((process) =>
    directory(process.engine, process.store, { restart: false }, () => process.opamp),
  ),
  exclusively: (work) => engine.exclusively(work),
  advance: () => engine.settle(),
  types: TYPES,
  offered: (_configuration, _version, text) => ({ text }),
  limits: APP_LIMITS,
  telemetry: NO_TELEMETRY,
  credentials: { apiKey: '', username: '', password: '' },
  trustedProxies: [],
  version: { tag: 'v0.0.0', commit: 'simulated' },
  gitHub: undefined,
  handovers: undefined,
  states: nothing,
  agentKeys: nothing,
  feed: nothing,
  history: nothing,
  timings: ROLLOUT_TIMINGS,
  reports: async () => true,
  enrolmentKey: '',
  failed: () => undefined,
};

let made: Promise<{ readonly api: FastifyInstance; readonly catalogue: ComponentCatalogue }> | undefined;

async function make(): Promise<{ readonly api: FastifyInstance; readonly catalogue: ComponentCatalogue }> {
  const api = createApi(DEPENDENCIES, (handler) => createServer(handler));
  const [catalogue] = await Promise.all([loadCatalogue(), api.ready()]);
  return { api, catalogue };
}

/** What takes real time to make, once in a thread and before virtual time begins. */
export function preparedApi(): NonNullable<typeof made> {
  made ??= make();
  return made;
}

/** The real REST API, over whatever a process has; what `refuses` answers 500. */
export function apiOf(
  api: FastifyInstance,
  process: ServerProcess,
  refuses: (url: string) => boolean,
): Pick<FastifyInstance, 'inject'> {
  const inject = (options: { readonly url: string }): Promise<unknown> =>
    refuses(options.url)
      ? Promise.resolve({ statusCode: 500, headers: {}, payload: '{"errors": ["no room"]}' })
      : asked.run(process, async () => api.inject(options));
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- of its forms only this one is used
  return { inject } as unknown as Pick<FastifyInstance, 'inject'>;
}

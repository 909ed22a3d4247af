import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { RunningApp, ServeOptions } from '../../app/main.ts';
import { startApp } from '../../app/main.ts';
import { until } from './until.ts';

export const API_KEY = 'api-key-of-the-tests';
export const SECRET_KEY = 'secret-key-of-the-tests';

export interface Answer {
  readonly status: number;
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
  readonly body: any;
}

/** The whole app on free ports of this machine, with a client for its REST API. */
export class TestApp {
  readonly app: RunningApp;

  constructor(app: RunningApp) {
    this.app = app;
  }

  static async start(
    folder: string,
    environment: Readonly<Record<string, string>> = {},
    options: Partial<ServeOptions> = {},
  ): Promise<TestApp> {
    const app = await startApp({
      say: () => undefined,
      log: pino({ level: 'silent' }),
      ...options,
      environment: {
        COLLIE_HTTP: '127.0.0.1:0',
        COLLIE_OPAMP: '127.0.0.1:0',
        COLLIE_STORE: folder,
        COLLIE_API_KEY: API_KEY,
        COLLIE_SECRET_KEY: SECRET_KEY,
        COLLIE_SOAK_MS: '0',
        ...environment,
      },
    });
    return new TestApp(app);
  }

  get opampUrl(): string {
    return `ws://127.0.0.1:${this.app.opamp.port}/v1/opamp`;
  }

  get url(): string {
    return `http://127.0.0.1:${this.app.http.port}`;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = { 'x-bindplane-api-key': API_KEY },
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** Resolves when the newest rollout of a configuration is in one of these states. */
  async rollout(configuration: string, ...states: readonly string[]): Promise<Answer['body']> {
    return until(async () => {
      const { body } = await this.call('GET', '/v1/collie/rollouts');
      const view = body.rollouts
        .map((item: Answer['body']) => item.view)
        .find((item: Answer['body']) => item.configuration === configuration);
      return view !== undefined && states.includes(view.state) ? view : undefined;
    });
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

/** A folder that is gone after `remove`. */
export function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'collie-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A raw Configuration, the smallest there is. */
export function rawConfiguration(
  name: string,
  note: string,
  labels: Readonly<Record<string, string>> = { configuration: name },
): object {
  return {
    apiVersion: 'bindplane.observiq.com/v1',
    kind: 'Configuration',
    metadata: { name },
    spec: {
      contentType: 'text/yaml',
      raw: `# ${note}\nreceivers:\n  nop:\nexporters:\n  nop:\nservice:\n  pipelines:\n    logs: {receivers: [nop], exporters: [nop]}\n`,
      selector: { matchLabels: labels },
    },
  };
}

import type { Command } from 'commander';
import type { Json, JsonMap } from '../../src/core/document/node.ts';
import { isList, isMap } from '../../src/core/document/node.ts';
import { settingsFromEnvironment } from '../../src/io/control-planes/index.ts';
import { httpClient } from '../../src/io/http.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import { UsageError } from '../../src/cli/command.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

/** Options of commands that ask a Collie server. */
export interface ServerOptions {
  readonly controlPlane?: string;
}

/** Asks a Collie server for one thing. Rejects with OperationError for everything but a good answer. */
export type Ask = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: Json) => Promise<JsonMap>;

/** `--control-plane URL`; the variable is read too. */
export function withServer(command: Command): Command {
  return command.option('--control-plane <url>', 'Collie server (default: $BINDPLANE_REMOTE_URL)');
}

/** The server that options and environment name, asked with the key or the user name of the environment. */
export function serverOf(options: ServerOptions, terminal: Terminal): Ask {
  const settings = settingsFromEnvironment(terminal.environment, terminal.clock, options.controlPlane);
  const { url, apiKey, username, password, certificateAuthority } = settings;
  if (url === undefined || !URL.canParse(url)) {
    throw new UsageError('No control plane given: use --control-plane URL or BINDPLANE_REMOTE_URL');
  }
  const basic = Buffer.from(`${username ?? ''}:${password ?? ''}`, 'utf8').toString('base64');
  const http = httpClient({
    url: `${url.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1/collie`,
    name: `The server at ${new URL(url).host}`,
    clock: terminal.clock,
    headers: apiKey === undefined ? { authorization: `Basic ${basic}` } : { 'x-bindplane-api-key': apiKey },
    secrets: [apiKey ?? '', password ?? ''],
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(terminal.dispatcher === undefined ? {} : { dispatcher: terminal.dispatcher }),
  });
  return async (method, path, body) => {
    const response = await http.request(method, path, body);
    if (response.status >= 400) {
      throw new OperationError({
        code: response.status === 404 ? 'not-found' : 'refused',
        message: `The server answered ${response.status}: ${http.words(response)}`,
        hint: response.status === 404 ? 'Is there such a thing, and is this a Collie server?' : '',
      });
    }
    return isMap(response.json) ? response.json : {};
  };
}

/** The maps of a list answer. */
export function mapsOf(value: Json | undefined): readonly JsonMap[] {
  return isList(value) ? value.filter(isMap) : [];
}

/** A field as the text of a table's cell. */
export function cell(value: Json | undefined): string {
  if (isList(value)) return value.map((item) => cell(item)).join(',');
  if (isMap(value)) {
    return Object.entries(value)
      .map(([key, item]) => `${key}=${cell(item)}`)
      .join(',');
  }
  return value === null || value === undefined ? '' : String(value);
}

import type { Dispatcher } from 'undici';
import { isMap, type Json } from '../core/document/node.ts';
import type { Clock } from '../ports/clock.ts';
import { OperationError } from '../ports/operation-error.ts';
import { IO_LIMITS } from './limits.ts';

/** How to reach one server. */
export interface HttpOptions {
  /** `https://host[:port][/path]`; a trailing slash is dropped. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the server is called in messages (`BindPlane at https://…`). */
  readonly name: string;
  readonly clock: Clock;
  /** Values that must never appear in a message. */
  readonly secrets?: readonly string[];
  /** PEM text of a certificate authority to trust besides the system's. */
  readonly certificateAuthority?: string;
  /** Replaces the network in tests (undici's MockAgent). */
  readonly dispatcher?: Dispatcher;
  readonly timeoutMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** The parsed body; undefined when it is no JSON. */
  readonly json: Json | undefined;
}

export interface HttpClient {
  /** Resolves for every status below 500 but 401, 403, 429; rejects with OperationError otherwise. */
  request(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: Json): Promise<HttpResponse>;
  /** What an error answer says, short and without secrets. */
  words(response: HttpResponse): string;
}

const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const RETRIED_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Seconds or an HTTP date (RFC 9110 §10.2.3) as milliseconds from `now`; undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function errorCode(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string') return current.code;
  }
  return 'unknown';
}

function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length > 3)
    .reduce((out, secret) => out.replaceAll(secret, '***'), text);
}

/** Text of BindPlane's error body `{"errors": [...]}`, else the start of whatever came. */
function bodyMessage(text: string, json: Json | undefined): string {
  const errors = isMap(json) ? json['errors'] : undefined;
  if (Array.isArray(errors)) return errors.map(String).join('; ').trim().slice(0, 2000);
  return text
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

/** The body as JSON; undefined when it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse gives plain data
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

async function readBody(body: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > IO_LIMITS.maxResponseBytes) {
      throw new OperationError({
        code: 'answer-too-large',
        message: `${name} answered with more than ${IO_LIMITS.maxResponseBytes / 1024 / 1024} MB`,
        hint: 'Is this really a control plane?',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What an answer says of what is wrong, short and without `secrets`. */
export function answerWords(
  { text, json }: Pick<HttpResponse, 'text' | 'json'>,
  secrets: readonly string[] = [],
): string {
  return redact(bodyMessage(text, json), secrets);
}

/** undici's dispatcher for the proxy variables and a private certificate authority; loaded only when a server is called. */
async function dispatcherFor(options: HttpOptions): Promise<Dispatcher> {
  if (options.dispatcher !== undefined) return options.dispatcher;
  const { EnvHttpProxyAgent } = await import('./undici.ts');
  const tls = options.certificateAuthority === undefined ? {} : { ca: options.certificateAuthority };
  return new EnvHttpProxyAgent({ connect: tls, requestTls: tls, keepAliveTimeout: 4000 });
}

/** Why an answer is none to go on with (401, 403, 429 and server errors); undefined for all others. */
export function answerError(
  options: Pick<HttpOptions, 'name' | 'secrets'>,
  path: string,
  response: HttpResponse,
): OperationError | undefined {
  if (response.status < 500 && ![401, 403, 429].includes(response.status)) return undefined;
  const said = answerWords(response, options.secrets);
  const words = said === '' ? '' : `: ${said}`;
  if (response.status === 401 || response.status === 403) {
    return new OperationError({
      code: response.status === 401 ? 'unauthorized' : 'forbidden',
      message: `${options.name} refused the credentials for ${path} (${response.status})${words}`,
      hint:
        response.status === 401
          ? 'Check BINDPLANE_API_KEY, or BINDPLANE_USERNAME and BINDPLANE_PASSWORD'
          : 'The key may read but not do this; starting rollouts needs project admin',
    });
  }
  return new OperationError({
    code: response.status === 429 ? 'rate-limited' : 'server-error',
    message: `${options.name} answered ${response.status} for ${path}${words}`,
    hint: response.status === 429 ? 'Run again later' : 'The server could not do it; its log says why',
    retryable: RETRIED_STATUSES.has(response.status),
  });
}

function connectionError(options: HttpOptions, path: string, cause: unknown): OperationError {
  if (cause instanceof OperationError) return cause;
  const code = errorCode(cause);
  const timeout = /TIMEOUT|ABORT/i.test(code);
  const text = redact(cause instanceof Error ? cause.message : String(cause), options.secrets ?? []);
  return new OperationError({
    code: timeout ? 'timeout' : 'unreachable',
    message: `${options.name} ${timeout ? 'did not answer in time' : 'could not be reached'} for ${path} (${code === 'unknown' ? text : code})`,
    hint: 'Check the URL, the network and the proxy variables (HTTPS_PROXY, NO_PROXY)',
    retryable: timeout || RETRIED_CODES.has(code),
    cause,
  });
}

/**
 * A client of one JSON API: time and size limits, proxy variables, secrets kept out of messages. Reads are tried again on
 * 429, 502–504 and connection errors, after what Retry-After asks for, else after 0.5, 1 and 2 s; writes never are, since
 * BindPlane carries out requests that it cut off without an answer (reference/lab-bindplane.md §2).
 */
export function httpClient(options: HttpOptions): HttpClient {
  const base = options.url.replace(/\/+$/, '');
  let dispatcher: Promise<Dispatcher> | undefined;

  async function once(
    method: Dispatcher.HttpMethod,
    path: string,
    body?: Json,
  ): Promise<{ response: HttpResponse; retryAfter?: string }> {
    dispatcher ??= dispatcherFor(options);
    const { request } = await import('./undici.ts');
    const timeoutMs = options.timeoutMs ?? IO_LIMITS.requestTimeoutMs;
    const answer = await request(`${base}${path}`, {
      method,
      dispatcher: await dispatcher,
      headers: {
        accept: 'application/json',
        'user-agent': 'collie',
        ...options.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs * 2),
    });
    const text = await readBody(answer.body, options.name);
    const contentType = String(answer.headers['content-type'] ?? '');
    const retryAfter = answer.headers['retry-after'];
    return {
      response: { status: answer.statusCode, contentType, text, json: parseJson(text) },
      ...(typeof retryAfter === 'string' ? { retryAfter } : {}),
    };
  }

  return {
    words: (response) => answerWords(response, options.secrets),
    async request(method, path, body) {
      const tries = method === 'GET' ? IO_LIMITS.maxTries : 1;
      for (let attempt = 1; ; attempt += 1) {
        let failure: OperationError;
        let waitMs = 500 * 2 ** (attempt - 1);
        try {
          const { response, retryAfter } = await once(method, path, body);
          const wrong = answerError(options, path, response);
          if (wrong === undefined) return response;
          failure = wrong;
          waitMs = retryAfterMs(retryAfter, options.clock.now()) ?? waitMs;
        } catch (error) {
          failure = connectionError(options, path, error);
        }
        if (!failure.retryable || attempt >= tries || waitMs > IO_LIMITS.maxRetryAfterMs) throw failure;
        await options.clock.wait(waitMs);
      }
    },
  };
}

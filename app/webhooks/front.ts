import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../src/ports/clock.ts';
import type { RequestHandler } from '../http.ts';
import { APP_LIMITS } from '../limits.ts';
import type { DeliveryQueue } from '../store/store.ts';

/** Probot's own path, so that an app registered for Probot needs no change. */
export const WEBHOOK_PATH = '/api/github/webhooks';

export interface WebhookFrontOptions {
  /** The secret, and while it is being changed the earlier one as well. */
  readonly secrets: readonly string[];
  readonly deliveries: Pick<DeliveryQueue, 'accept'>;
  /** Events somebody handles; others are acknowledged and forgotten. */
  readonly events: ReadonlySet<string>;
  readonly clock: Clock;
  /** Told after a new delivery was stored. */
  readonly onAccepted: () => void;
  /** Told why a request was turned away; never what was in it. */
  readonly onRefused?: (status: number, reason: string) => void;
}

interface Refused {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const SIGNATURE = /^sha256=[0-9a-f]{64}$/;
const DELIVERY_ID = /^[0-9a-zA-Z-]{1,64}$/;
const EVENT = /^[a-z_]{1,64}$/;

/**
 * What stands between the network and Probot: caps the body before reading, verifies the signature over the raw bytes before
 * anything looks at them, and answers 202 only when the delivery is stored. Nothing unverified is parsed or logged. Deliveries
 * are told apart by X-GitHub-Delivery; a duplicate is answered 200 and dropped.
 */
export function webhookFront(options: WebhookFrontOptions): RequestHandler {
  let inFlight = 0;
  return async (request, response) => {
    if ((request.url ?? '').split('?', 1)[0] !== WEBHOOK_PATH) return false;
    const early = inFlight >= APP_LIMITS.webhooksInFlight ? BUSY : refusedByHead(request);
    if (early !== undefined) {
      refuse(options, request, response, early);
      return true;
    }
    inFlight += 1;
    try {
      await receive(options, request, response);
    } finally {
      inFlight -= 1;
    }
    return true;
  };
}

const BUSY: Refused = { status: 503, reason: 'too many webhooks at once', headers: { 'retry-after': '10' } };
const TOO_LARGE: Refused = { status: 413, reason: 'the body is too large' };

/** What the head of a request alone shows to be wrong. */
function refusedByHead({ method, headers }: IncomingMessage): Refused | undefined {
  if (method !== 'POST') return { status: 405, reason: 'webhooks are posted', headers: { allow: 'POST' } };
  if (!SIGNATURE.test(header(headers['x-hub-signature-256']))) return { status: 401, reason: 'no signature' };
  if (!DELIVERY_ID.test(header(headers['x-github-delivery']))) {
    return { status: 400, reason: 'no X-GitHub-Delivery' };
  }
  if (!EVENT.test(header(headers['x-github-event']))) return { status: 400, reason: 'no X-GitHub-Event' };
  if (!/^application\/json\b/i.test(header(headers['content-type']))) {
    return { status: 415, reason: 'set the content type of the webhook to application/json' };
  }
  const length = headers['content-length'];
  if (length !== undefined && !(Number(length) <= APP_LIMITS.webhookBodyBytes)) return TOO_LARGE;
  return undefined;
}

async function receive(
  options: WebhookFrontOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, options.clock);
  if (!Buffer.isBuffer(body)) {
    refuse(options, request, response, body);
    return;
  }
  const outcome = await store(options, request, body);
  if (typeof outcome === 'object') refuse(options, request, response, outcome);
  else answer(response, outcome === 'new' ? 202 : 200, outcome);
}

/** Stores a verified delivery; a fault of the store is 500, so that GitHub lists the delivery as failed. */
async function store(
  options: WebhookFrontOptions,
  { headers }: IncomingMessage,
  body: Buffer,
): Promise<'new' | 'duplicate' | 'pong' | 'ignored' | Refused> {
  if (!isSigned(body, header(headers['x-hub-signature-256']), options.secrets)) {
    return { status: 401, reason: 'the signature does not fit' };
  }
  const event = header(headers['x-github-event']);
  if (event === 'ping') return 'pong';
  if (!options.events.has(event)) return 'ignored';
  const payload = jsonObject(body);
  if (payload === undefined) return { status: 400, reason: 'the body is no JSON object' };
  try {
    const accepted = await options.deliveries.accept(header(headers['x-github-delivery']), event, payload);
    if (accepted === 'new') options.onAccepted();
    return accepted;
  } catch {
    return { status: 500, reason: 'the delivery could not be stored' };
  }
}

/** Whether any of the secrets made this signature of these very bytes; compared in constant time. */
export function isSigned(body: Buffer, signature: string, secrets: readonly string[]): boolean {
  if (!SIGNATURE.test(signature)) return false;
  const told = Buffer.from(signature.slice('sha256='.length), 'hex');
  // Every secret is tried, so that the time taken does not tell which one fits.
  return secrets.reduce(
    (found, secret) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), told) || found,
    false,
  );
}

/** The text of a body that is a JSON object in UTF-8. */
function jsonObject(body: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Reads at most the limit, within the time; what came is dropped as soon as it is too much. */
async function readBody(request: IncomingMessage, clock: Clock): Promise<Buffer | Refused> {
  const done = new AbortController();
  const late = clock.wait(APP_LIMITS.webhookReadMs, done.signal).then(
    () => ({ status: 408, reason: 'the body did not come in time' }),
    () => ({ status: 400, reason: 'the body broke off' }),
  );
  try {
    return await Promise.race([bytesOf(request), late]);
  } finally {
    done.abort();
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer | Refused> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      const bytes: Uint8Array = chunk;
      size += bytes.length;
      if (size > APP_LIMITS.webhookBodyBytes) return TOO_LARGE;
      chunks.push(bytes);
    }
  } catch {
    return { status: 400, reason: 'the body broke off' };
  }
  return Buffer.concat(chunks);
}

function refuse(
  options: WebhookFrontOptions,
  request: IncomingMessage,
  response: ServerResponse,
  refused: Refused,
): void {
  options.onRefused?.(refused.status, refused.reason);
  // What is still on its way is not read; the connection ends with the answer.
  const headers = { connection: 'close', ...refused.headers };
  if (response.destroyed || response.headersSent) return;
  response.writeHead(refused.status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ message: refused.reason }), () => {
    if (!request.complete) request.destroy();
  });
}

function answer(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ message }));
}

function header(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}

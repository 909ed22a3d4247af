import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  decodeExport,
  encodingOf,
  exportAnswer,
  mediaType,
} from '../../src/core/rollout/own-metrics/otlp.ts';
import type { Encoding } from '../../src/core/rollout/own-metrics/otlp.ts';
import { reportsOf } from '../../src/core/rollout/own-metrics/report.ts';
import type { OwnMetricsReport } from '../../src/core/rollout/own-metrics/report.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AppLimits } from '../limits.ts';
import type { AgentAdmission, Refusal } from '../opamp/admission.ts';
import { Gate } from '../opamp/gate.ts';
import { readBody } from '../opamp/http-body.ts';
import { TokenBucket } from '../opamp/token-bucket.ts';
import type { Signals } from './signals.ts';

const PATH = '/v1/metrics';
/** Bodies read at once from senders whose credential is good; what comes beyond is told to come again. */
const BUSY: Refusal = { status: 503, text: 'too many exports in this moment' };

/** Who may say something of an agent. */
export interface MetricsAdmission extends Pick<AgentAdmission, 'admit' | 'speaksFor'> {
  /** Whether the credential may tell how this agent is doing; unlike `speaksFor`, asking changes nothing. */
  reportsFor(credential: string, uid: string): boolean;
}

export interface IntakeOptions {
  readonly admission: MetricsAdmission;
  readonly signals: Signals;
  readonly limits: AppLimits;
  readonly clock: Clock;
}

/**
 * `POST /v1/metrics`: OTLP over HTTP, protobuf and JSON, gzip. The sender shows what agents show on OpAMP (SEC-60, before the
 * body is read), and may speak for the agents that it may speak for there (SEC-62). Which agent it is says `service.instance.id`,
 * which a supervisor sets to the instance uid, or the header `OpAMP-Instance-UID` where somebody else knows it.
 */
export class MetricsIntake {
  readonly #options: IntakeOptions;
  readonly #gate: Gate;
  readonly #buckets = new Map<string, TokenBucket>();
  #inFlight = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#gate = new Gate({ ...options, size: () => 0 });
  }

  /** Whether a request is for it. */
  static takes(request: IncomingMessage): boolean {
    return (request.url ?? '/').split('?')[0] === PATH;
  }

  /** Answers an export; false when the request is for somebody else. Never rejects. */
  async request(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (!MetricsIntake.takes(request)) return false;
    const encoding = encodingOf(request.headers['content-type']);
    const answer = await this.#answer(request, encoding);
    if (answer === undefined) return true;
    if ('status' in answer) refuse(request, response, answer);
    else {
      const { bytes } = answer;
      response.writeHead(200, {
        'content-type': mediaType(encoding ?? 'protobuf'),
        'content-length': bytes.length,
      });
      response.end(bytes);
    }
    return true;
  }

  /** Forgets senders that were not heard of lately. To be called now and then. */
  sweep(): void {
    this.#buckets.clear();
  }

  /** Undefined when the client went away. */
  async #answer(
    request: IncomingMessage,
    encoding: Encoding | undefined,
  ): Promise<{ readonly bytes: Uint8Array } | Refusal | undefined> {
    if (request.method !== 'POST') return { status: 405, text: 'OTLP is taken here with POST' };
    if (encoding === undefined) {
      return { status: 415, text: 'OTLP is taken here as application/x-protobuf or application/json' };
    }
    const admitted = await this.#gate.check(request);
    if ('status' in admitted) return admitted;
    const { limits } = this.#options;
    if (this.#inFlight >= limits.metricsInFlight) {
      return { ...BUSY, retryAfter: limits.retryAfterMinSeconds };
    }
    this.#inFlight += 1;
    try {
      const body = await readBody(request, limits.metricsBodyBytes);
      if (body === undefined || 'status' in body) return body;
      const decoded = decodeExport(body.bytes, encoding);
      if ('problem' in decoded) return { status: 400, text: decoded.problem };
      const named = request.headers['opamp-instance-uid'];
      const uid = Array.isArray(named) ? named[0] : named;
      return this.#take(reportsOf(decoded.message), admitted.credential, uid, encoding);
    } finally {
      this.#inFlight -= 1;
    }
  }

  #take(
    reports: readonly OwnMetricsReport[],
    credential: string,
    named: string | undefined,
    encoding: Encoding,
  ): { readonly bytes: Uint8Array } | Refusal {
    const { admission, signals, clock, limits } = this.#options;
    const senders = reports.map((report) => ({
      report,
      uid: (named ?? report.instance).trim().toLowerCase(),
    }));
    if (senders.some(({ uid }) => signals.knows(uid) && !admission.reportsFor(credential, uid))) {
      return { status: 403, text: 'this credential may not speak for the agent with this instance uid' };
    }
    const now = clock.now();
    if (senders.some(({ uid }) => signals.knows(uid) && !this.#bucket(uid, now).take(now))) {
      const text = 'this agent sends more exports than it may';
      return { status: 429, text, retryAfter: limits.retryAfterMinSeconds };
    }
    let [rejected, unknown] = [0, 0];
    for (const { report, uid } of senders) {
      rejected += report.leftOut;
      if (signals.knows(uid)) signals.take(uid, report, now);
      else {
        rejected += report.points;
        unknown += 1;
      }
    }
    return { bytes: exportAnswer(encoding, rejected, why(unknown, rejected)) };
  }

  #bucket(uid: string, now: number): TokenBucket {
    const { metricsPerSecond, metricsBurst } = this.#options.limits;
    const bucket = this.#buckets.get(uid) ?? new TokenBucket(metricsPerSecond, metricsBurst, now);
    this.#buckets.set(uid, bucket);
    return bucket;
  }
}

function why(unknown: number, rejected: number): string {
  if (unknown > 0) {
    return 'no agent is known here by service.instance.id (a supervisor sets it to the OpAMP instance uid) or OpAMP-Instance-UID';
  }
  return rejected > 0 ? 'more points than are read of one message' : '';
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, text, retryAfter }: Refusal,
): void {
  const body = JSON.stringify({ errors: [text] });
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...(status === 405 ? { allow: 'POST' } : {}),
    ...(request.complete ? {} : { connection: 'close' }),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  response.end(body);
}

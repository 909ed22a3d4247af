import { request } from 'undici';
import type { Json } from '../../../../src/core/document/node.ts';
import type { TestApp } from '../../../support/app.ts';
import { Comparison, marked, type Difference } from './compare.ts';
import type { Exchange, Recording } from './recordings.ts';

/** What a server answered to a replayed request. */
export interface ReplayedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Json;
}

/** One difference with the recording it belongs to. */
export interface Found extends Difference {
  readonly recording: number;
  readonly name: string;
}

/** Sends a recorded request word for word, with our server's credentials where the recorded ones were right. */
async function send(app: TestApp, exchange: Exchange): Promise<ReplayedAnswer> {
  const { method, path, query, headers, body } = exchange.request;
  const search = new URLSearchParams(query).toString();
  const { body: answer, ...response } = await request(
    `${app.url}${path}${search === '' ? '' : `?${search}`}`,
    {
      method: method as 'GET',
      headers,
      body: payload(method, headers, body),
    },
  );
  const text = await answer.text();
  const contentType = String(response.headers['content-type'] ?? '');
  return { status: response.statusCode, contentType, body: parsed(text, contentType) };
}

function payload(method: string, headers: Exchange['request']['headers'], body: Json): string | null {
  if (typeof body === 'string') return body;
  if (body !== null) return JSON.stringify(body);
  return method !== 'GET' && headers['Content-Type'] !== undefined ? 'null' : null;
}

function parsed(text: string, contentType: string): Json {
  if (text === '') return null;
  return contentType.includes('json') ? (JSON.parse(text) as Json) : text;
}

/** Replays one recording; `before` is called ahead of each exchange with its index. */
export async function replay(
  app: TestApp,
  recording: Recording,
  seen: (exchange: Exchange, answer: ReplayedAnswer) => void = () => undefined,
): Promise<readonly Found[]> {
  const comparison = new Comparison(new Map());
  const found: Found[] = [];
  for (const exchange of recording.exchanges) {
    const answer = await send(app, exchange);
    seen(exchange, answer);
    const { status, headers, body } = exchange.response;
    const differences: Difference[] = [
      ...comparison.differences(status, answer.status, 'status'),
      ...comparison.differences(headers['Content-Type'] ?? '', answer.contentType, 'content-type'),
      ...comparison.differences(marked(body), answer.body),
    ];
    for (const difference of differences) {
      found.push({ ...difference, recording: recording.number, name: recording.name });
    }
  }
  return found;
}

import type { FastifyInstance } from 'fastify';
import type { ApiDependencies } from './dependencies.ts';

/** Fields that hold what somebody said: agents, libraries, an author of a request. */
const WORDS = /^(?:.*(?:message|error|errors|fault|reason|words|why|note|text|detail|hint|said))$/i;

/** Answers that hold such words; all others are made of what is stored, with its secrets masked. */
const SPEAKING = /^\/v1\/(?:agents|rollouts|collie)(?:\/|$)/;

/** Takes secrets out of the words in answers: those of agents, and every error. Where that fails nothing is told (SEC-26: fail closed). */
export function redactWords(
  app: FastifyInstance,
  { redaction, store }: Pick<ApiDependencies, 'redaction' | 'store'>,
): void {
  app.addHook('preSerialization', async (request, reply, payload) => {
    const speaks = reply.statusCode >= 400 || SPEAKING.test(request.routeOptions.url ?? '');
    if (!speaks || !hasWords(payload, false)) return payload;
    await redaction.learn(store);
    return wordsWithout(payload, (text) => redaction.text(text));
  });
}

/** A value with the words in it changed; everything else stays. */
export function wordsWithout<T>(value: T, redacted: (text: string) => string): T {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the same shape, texts for texts
  return without(value, false, redacted) as T;
}

/** Whether a key is one of `WORDS`; lists of ten thousand agents have the same few keys again and again. */
const known = new Map<string, boolean>();
const KNOWN_KEYS = 5000;

function isWordsKey(key: string): boolean {
  const found = known.get(key);
  if (found !== undefined) return found;
  const isOne = WORDS.test(key);
  if (known.size < KNOWN_KEYS) known.set(key, isOne);
  return isOne;
}

function hasWords(value: unknown, isWords: boolean): boolean {
  if (typeof value === 'string') return isWords && value !== '';
  if (Array.isArray(value)) return value.some((item) => hasWords(item, isWords));
  if (!isRecord(value)) return false;
  for (const key in value) if (hasWords(value[key], isWords || isWordsKey(key))) return true;
  return false;
}

/** What holds no words comes back as the same value. */
function without(value: unknown, isWords: boolean, redacted: (text: string) => string): unknown {
  if (typeof value === 'string') return isWords && value !== '' ? redacted(value) : value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => without(item, isWords, redacted));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isRecord(value)) return value;
  let changed: Record<string, unknown> | undefined;
  for (const key in value) {
    const item = without(value[key], isWords || isWordsKey(key), redacted);
    if (item !== value[key]) changed = { ...(changed ?? value), [key]: item };
  }
  return changed ?? value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

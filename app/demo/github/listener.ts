import type { IncomingMessage, ServerResponse } from 'node:http';
import { callerOf, requirePermissions } from './auth.ts';
import { GITHUB_LIMITS } from './limits.ts';
import { pullRequestPage } from './pages/pull-request-page.ts';
import { indexPage } from './pages/index-page.ts';
import { notFound, Refusal, type Reply } from './reply.ts';
import { asRecord, type GitHub, matcher, type Route } from './route.ts';
import { ROUTES } from './routes/index.ts';

/** An answer to give instead of the real one, for tests of what happens when GitHub does not work. */
export interface Fault {
  readonly method?: string;
  /** Matched against the path. */
  readonly path?: RegExp;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
  /** How many requests it meets; 1 unless said. */
  times: number;
  /** The request is carried out, only its answer is lost. */
  readonly afterwards?: boolean;
}

const COMPILED = ROUTES.map((route) => ({ route, match: matcher(route.path) }));

const STATIC_HEADERS: Readonly<Record<string, string>> = {
  'x-github-media-type': 'github.v3; format=json',
  'x-ratelimit-limit': '5000',
  'x-ratelimit-remaining': '4999',
  'x-ratelimit-reset': '4102444800',
  'x-content-type-options': 'nosniff',
};

/** Answers one HTTP request: pages for people, else the API. Records API exchanges in the state. */
export async function answerRequest(
  github: GitHub,
  faults: Fault[],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', github.url);
  const html = incoming.method === 'GET' ? await pageFor(github, url.pathname) : undefined;
  if (html !== undefined) {
    outgoing.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
    });
    outgoing.end(html);
    return;
  }
  const method = incoming.method ?? 'GET';
  let body: Readonly<Record<string, unknown>> = {};
  let reply: Reply;
  try {
    const text = await readBody(incoming);
    body = parseBody(text);
    const fault = faults.find((item) => item.times > 0 && meets(item, method, url.pathname));
    if (fault !== undefined) fault.times -= 1;
    if (fault !== undefined && fault.afterwards !== true) reply = faultReply(fault);
    else {
      reply = await route(github, method, url, body, incoming.headers.authorization);
      if (fault !== undefined) reply = faultReply(fault);
    }
  } catch (error) {
    reply =
      error instanceof Refusal
        ? error.reply
        : { status: 500, body: { message: String(error), documentation_url: '' } };
  }
  github.state.exchanges.push({
    method,
    path: apiPath(url),
    query: url.search,
    request: body,
    status: reply.status,
    response: reply.body,
  });
  const json = reply.body === undefined ? '' : JSON.stringify(reply.body);
  outgoing.writeHead(reply.status, {
    ...STATIC_HEADERS,
    ...(reply.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...reply.headers,
  });
  outgoing.end(json);
}

/** The path of a request without the prefixes of a GitHub Enterprise Server. */
function apiPath(url: URL): string {
  return url.pathname.replace(/^\/api\/v3(?=\/)/, '').replace(/^\/api(?=\/graphql)/, '');
}

async function pageFor(github: GitHub, path: string): Promise<string | undefined> {
  if (path === '/') return indexPage(github);
  const [, owner, name, number] = /^\/([^/]+)\/([^/]+)\/pull\/(\d+)$/.exec(path) ?? [];
  if (owner === undefined || name === undefined) return undefined;
  return pullRequestPage(github, decodeURIComponent(owner), decodeURIComponent(name), Number(number));
}

function meets(fault: Fault, method: string, path: string): boolean {
  return (
    (fault.method === undefined || fault.method === method) &&
    (fault.path === undefined || fault.path.test(path))
  );
}

function faultReply(fault: Fault): Reply {
  return {
    status: fault.status,
    body: { message: fault.message ?? 'Fault', documentation_url: 'https://docs.github.com/rest' },
    ...(fault.headers === undefined ? {} : { headers: fault.headers }),
  };
}

async function route(
  github: GitHub,
  method: string,
  url: URL,
  body: Readonly<Record<string, unknown>>,
  authorization: string | undefined,
): Promise<Reply> {
  const segments = apiPath(url)
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const caller = callerOf(github.state, authorization, Date.parse(github.now()));
  const found = find(method, segments);
  if (found === undefined) throw notFound();
  if (found.route.permissions !== undefined) requirePermissions(caller, found.route.permissions);
  return found.route.handle({ github, url, params: found.params, body, caller });
}

function find(
  method: string,
  segments: readonly string[],
): { route: Route; params: Record<string, string> } | undefined {
  for (const { route, match } of COMPILED) {
    const params = route.method === method ? match(segments) : undefined;
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notFound();
  }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes: Uint8Array = chunk;
    size += bytes.length;
    if (size > GITHUB_LIMITS.requestBytes) throw new Refusal(413, 'Payload too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'Problems parsing JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(400, 'Body should be a JSON object');
  }
  return asRecord(value);
}

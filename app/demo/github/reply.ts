import { GITHUB_LIMITS } from './limits.ts';

const DOCUMENTATION = 'https://docs.github.com/rest';

/** What a route answers. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer with an error status, thrown from anywhere below a route. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: Reply;

  constructor(status: number, message: string, errors?: readonly (FieldError | string)[]) {
    super(message);
    this.reply = {
      status,
      body: {
        message,
        ...(errors === undefined ? {} : { errors }),
        documentation_url: DOCUMENTATION,
        status: String(status),
      },
    };
  }
}

export interface FieldError {
  readonly resource: string;
  readonly field: string;
  readonly code: string;
  readonly message?: string;
}

/** 404 as GitHub says it, also for what the caller may not see. */
export function notFound(): Refusal {
  return new Refusal(404, 'Not Found');
}

/** 422 for one field. */
export function invalid(resource: string, field: string, message: string, code = 'unprocessable'): Refusal {
  return new Refusal(422, 'Validation Failed', [{ resource, field, code, message }]);
}

/** 200 with a body. */
export function ok(body: unknown): Reply {
  return { status: 200, body };
}

/** 201 with a body and, where it has a `url`, a Location. */
export function created(body: Readonly<Record<string, unknown>>): Reply {
  const url = body['url'];
  return { status: 201, body, ...(typeof url === 'string' ? { headers: { location: url } } : {}) };
}

/**
 * One page of `items` with GitHub's Link header. `wrap` makes the body of a page (some lists carry a total).
 * `per_page` above 100 counts as 100, nonsense as the default.
 */
export function page<T>(
  url: URL,
  items: readonly T[],
  wrap: (items: readonly T[], total: number) => unknown = (items) => items,
): Reply {
  const size = Math.min(
    positive(url.searchParams.get('per_page'), GITHUB_LIMITS.defaultItemsPerPage),
    GITHUB_LIMITS.itemsPerPage,
  );
  const number = positive(url.searchParams.get('page'), 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const links: string[] = [];
  const link = (to: number, rel: string): void => {
    const target = new URL(url);
    target.searchParams.set('page', String(to));
    links.push(`<${target.href}>; rel="${rel}"`);
  };
  if (number > 1) {
    link(number - 1, 'prev');
    link(1, 'first');
  }
  if (number < last) {
    link(number + 1, 'next');
    link(last, 'last');
  }
  const body = wrap(items.slice((number - 1) * size, number * size), items.length);
  return { status: 200, body, ...(links.length === 0 ? {} : { headers: { link: links.join(', ') } }) };
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

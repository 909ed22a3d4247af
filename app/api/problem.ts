/** A request that is answered with a status and BindPlane's error body `{"errors": […]}`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** Fields beside `errors`. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, body: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/** 404 in BindPlane's words. */
export function notFound(): Problem {
  return new Problem(404, 'resource not found');
}

import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Refusal } from './admission.ts';

const inflate = promisify(gunzip);

/**
 * The body of a request, inflated where it is gzipped. Refused: 413 where it has more than `limitBytes` before or after inflating (nothing
 * beyond them is kept), 415 for any other encoding, 400 where it is no gzip. Never rejects; undefined when the client went away.
 */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
): Promise<{ readonly bytes: Uint8Array } | Refusal | undefined> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') {
    return { status: 415, text: `Content-Encoding ${encoding.slice(0, 40)} is not read here; gzip is` };
  }
  const tooLarge: Refusal = { status: 413, text: `the message is larger than ${limitBytes} bytes` };
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return tooLarge;
  const body = await collect(request, limitBytes);
  if (body === undefined) return undefined;
  if (body === 'too large') return tooLarge;
  if (encoding === 'identity') return { bytes: body };
  try {
    return { bytes: await inflate(body, { maxOutputLength: limitBytes }) };
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? tooLarge : { status: 400, text: 'the body is no complete gzip' };
  }
}

function collect(request: IncomingMessage, limitBytes: number): Promise<Buffer | 'too large' | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limitBytes) {
        chunks.length = 0;
        request.pause();
        resolve('too large');
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}

/**
 * Whether an answer may be gzipped: by the client's Accept-Encoding, as opamp-go's server decides it (gzip named with a weight above 0, or
 * `*` with one and gzip not excluded; several headers, parameters and any case count).
 */
export function acceptsGzip(header: string | readonly string[] | undefined): boolean {
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  const weights = new Map<string, number>();
  for (const part of text.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    if (name !== '') weights.set(name, weight === undefined ? 1 : Number(weight) || 0);
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

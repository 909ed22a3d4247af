import { create, fromBinary, fromJsonString, toBinary, toJsonString } from '@bufbuild/protobuf';
import type { ExportMetricsServiceRequest } from './gen/metrics_pb.ts';
import { ExportMetricsServiceRequestSchema, ExportMetricsServiceResponseSchema } from './gen/metrics_pb.ts';

/** The two encodings of OTLP over HTTP (OTLP specification, "OTLP/HTTP"). */
export type Encoding = 'protobuf' | 'json';

const MEDIA_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** The encoding that a Content-Type names, with or without parameters; undefined for any other. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === MEDIA_TYPES.protobuf) return 'protobuf';
  return type === MEDIA_TYPES.json ? 'json' : undefined;
}

/** The Content-Type of an encoding. */
export function mediaType(encoding: Encoding): string {
  return MEDIA_TYPES[encoding];
}

/** The body of an export as a message; a problem says in words why it is none. Fields that are not read are skipped. Never throws. */
export function decodeExport(
  body: Uint8Array,
  encoding: Encoding,
): { readonly message: ExportMetricsServiceRequest } | { readonly problem: string } {
  try {
    if (encoding === 'protobuf') {
      return { message: fromBinary(ExportMetricsServiceRequestSchema, body, { readUnknownFields: false }) };
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return {
      message: fromJsonString(ExportMetricsServiceRequestSchema, text, { ignoreUnknownFields: true }),
    };
  } catch {
    return { problem: `the body of ${body.length} bytes is no ExportMetricsServiceRequest (${encoding})` };
  }
}

/** The answer to an export that was taken, whole or in part: how many points were not, and why. */
export function exportAnswer(encoding: Encoding, rejectedPoints: number, message: string): Uint8Array {
  const partial = rejectedPoints > 0 || message !== '';
  const answer = create(
    ExportMetricsServiceResponseSchema,
    partial ? { partialSuccess: { rejectedDataPoints: BigInt(rejectedPoints), errorMessage: message } } : {},
  );
  if (encoding === 'protobuf') return toBinary(ExportMetricsServiceResponseSchema, answer);
  return new TextEncoder().encode(toJsonString(ExportMetricsServiceResponseSchema, answer));
}

import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/** A client certificate that an authority of ours signed: which one it is, and whose. */
export interface ClientCertificate {
  /** SHA-256 (hex) of its DER. */
  readonly fingerprint: string;
  /** Instance uid that it names, as a lower-case UUID; undefined when it names none. */
  readonly uid?: string;
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** The certificate of whoever made this request; undefined without one, or when its authority is not ours, or it has ended. */
export function clientCertificate({ socket }: IncomingMessage): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? undefined : readCertificate(raw);
}

/**
 * Reads a certificate (DER, or PEM). The uid stands in the subject alternative name as `URI:urn:uuid:<uid>`, else in the subject as
 * `CN=<uid>` (reference/opamp.md §2.5: CN or SAN). Throws on what is no certificate.
 */
export function readCertificate(bytes: Buffer | string): ClientCertificate & { readonly endsAt: number } {
  const certificate = new X509Certificate(bytes);
  const named =
    new RegExp(`URI:urn:uuid:(${UUID.source})(?:,|$)`, 'i').exec(certificate.subjectAltName ?? '') ??
    new RegExp(`^CN=(${UUID.source})$`, 'im').exec(certificate.subject);
  const uid = named?.[1]?.toLowerCase();
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    endsAt: certificate.validToDate.getTime(),
    ...(uid === undefined ? {} : { uid }),
  };
}

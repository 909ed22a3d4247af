import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { checkServerIdentity, rootCertificates, type ConnectionOptions } from 'node:tls';

/** How another replica is believed over TLS. */
export type Trust = Pick<ConnectionOptions, 'ca' | 'allowPartialTrustChain' | 'checkServerIdentity'>;

/**
 * Replicas show one certificate: whoever has its key is one of them, whoever signed it and whatever name it is reached by. Another certificate
 * (the new one, while replicas take it one after another) has to stand as any server's: signed by an authority that is known here, for that name.
 * The file is read each time, so a renewed one counts at once. `certificate` is the path of a PEM file; throws when it cannot be read.
 */
export function sameCertificate(certificate: string): Trust {
  const own = readFileSync(certificate, 'utf8');
  const { raw } = new X509Certificate(own);
  return {
    ca: [...rootCertificates, own],
    // The authority behind it need not be known here.
    allowPartialTrustChain: true,
    checkServerIdentity: (host, shown) =>
      shown.raw.equals(raw) ? undefined : checkServerIdentity(host, shown),
  };
}

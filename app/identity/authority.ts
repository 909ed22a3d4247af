import { randomBytes, webcrypto } from 'node:crypto';

/** A client certificate with its key, as an agent is given them. All PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
}

/** Signs client certificates for agents. */
export interface Authority {
  issue(uid: string, now: number): Promise<IssuedCertificate>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;

/**
 * An authority with a key of its own (PEM, PKCS#8 on P-256). What it signs names the agent's uid, is good for `days`, proves clients only and
 * can sign nothing itself. Rejects with an Error when certificate and key cannot be read.
 */
export async function openAuthority(certificate: string, key: string, days: number): Promise<Authority> {
  // The library sets itself up when it is loaded, and only servers with an authority need it.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  const issuer = new x509.X509Certificate(certificate);
  const der = Buffer.from(key.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
  return {
    async issue(uid, now) {
      const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const made = await x509.X509CertificateGenerator.create({
        serialNumber: randomBytes(16).toString('hex'),
        subject: `CN=${uid}`,
        issuer: issuer.subject,
        // Clocks of agents lag.
        notBefore: new Date(now - HOUR_MS),
        notAfter: new Date(now + days * 24 * HOUR_MS),
        signingAlgorithm: ALGORITHM,
        publicKey: keys.publicKey,
        signingKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth], true),
          new x509.SubjectAlternativeNameExtension([{ type: 'url', value: `urn:uuid:${uid}` }]),
        ],
      });
      const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
      return { certificate: made.toString('pem'), privateKey: pem(pkcs8), authority: certificate };
    },
  };
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

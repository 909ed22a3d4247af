import { randomBytes, webcrypto } from 'node:crypto';
import type { X509CertificateGenerator } from '@peculiar/x509';
import { requestProblem, signatureProblem } from './certificate-request.ts';

/** A client certificate with its key, as an agent is given them. All PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
}

/** A certificate for a key that the agent made and keeps. PEM. */
export type SignedCertificate = Omit<IssuedCertificate, 'privateKey'>;

/** Signs client certificates for agents. */
export interface Authority {
  issue(uid: string, now: number): Promise<IssuedCertificate>;
  /** Signs what an agent asks for by a PKCS#10 request (PEM); `refused` says why it does not. Never rejects for what agents send. */
  sign(uid: string, request: string, now: number): Promise<SignedCertificate | { readonly refused: string }>;
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
  // Whatever a request wishes for: the same for all, good for one agent as a client.
  const certify = async (uid: string, now: number, publicKey: CertifiedKey): Promise<string> => {
    const made = await x509.X509CertificateGenerator.create({
      serialNumber: randomBytes(16).toString('hex'),
      subject: `CN=${uid}`,
      issuer: issuer.subject,
      // Clocks of agents lag.
      notBefore: new Date(now - HOUR_MS),
      notAfter: new Date(now + days * 24 * HOUR_MS),
      signingAlgorithm: ALGORITHM,
      publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth], true),
        new x509.SubjectAlternativeNameExtension([{ type: 'url', value: `urn:uuid:${uid}` }]),
      ],
    });
    return made.toString('pem');
  };
  return {
    async issue(uid, now) {
      const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
      const signed = await certify(uid, now, keys.publicKey);
      return { certificate: signed, privateKey: pem(pkcs8), authority: certificate };
    },
    async sign(uid, request, now) {
      try {
        const read = new x509.Pkcs10CertificateRequest(request);
        const problem = requestProblem(x509, read, uid) ?? (await signatureProblem(read));
        if (problem !== undefined) return { refused: problem };
        return { certificate: await certify(uid, now, read.publicKey), authority: certificate };
      } catch {
        return { refused: 'the certificate request is no PKCS#10 that can be read' };
      }
    },
  };
}

type CertifiedKey = Parameters<typeof X509CertificateGenerator.create>[0]['publicKey'];

function pem(der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

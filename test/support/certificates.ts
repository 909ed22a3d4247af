import { randomBytes, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR = 3_600_000;

export interface TestCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS#8. */
  readonly key: string;
}

/** An authority of a test, which signs what it is asked to. */
export class TestAuthority implements TestCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly #signingKey: webcrypto.CryptoKey;
  readonly #subject: string;

  private constructor(made: TestCertificate, signingKey: webcrypto.CryptoKey, subject: string) {
    this.certificate = made.certificate;
    this.key = made.key;
    this.#signingKey = signingKey;
    this.#subject = subject;
  }

  static async make(name: string): Promise<TestAuthority> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const made = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: randomBytes(8).toString('hex'),
      name: `CN=${name}`,
      notBefore: new Date(Date.now() - HOUR),
      notAfter: new Date(Date.now() + 24 * HOUR),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
    });
    const text = { certificate: made.toString('pem'), key: await pem(keys.privateKey) };
    return new TestAuthority(text, keys.privateKey, made.subject);
  }

  /** For a server on this machine, or for an agent (`urn:uuid:…`). */
  async sign(
    subject: string,
    alternative: x509.JsonGeneralName,
    endsInMs: number = HOUR,
  ): Promise<TestCertificate> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const made = await x509.X509CertificateGenerator.create({
      serialNumber: randomBytes(8).toString('hex'),
      subject: `CN=${subject}`,
      issuer: this.#subject,
      notBefore: new Date(Date.now() - 2 * HOUR),
      notAfter: new Date(Date.now() + endsInMs),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#signingKey,
      extensions: [new x509.SubjectAlternativeNameExtension([alternative])],
    });
    return { certificate: made.toString('pem'), key: await pem(keys.privateKey) };
  }

  server(name: string = 'server'): Promise<TestCertificate> {
    return this.sign(name, { type: 'ip', value: '127.0.0.1' });
  }

  agent(uid: string, endsInMs?: number): Promise<TestCertificate> {
    return this.sign('agent', { type: 'url', value: `urn:uuid:${uid}` }, endsInMs);
  }
}

/** Writes a certificate and its key; gives the paths. */
export function written(
  folder: string,
  name: string,
  { certificate, key }: TestCertificate,
): { readonly certificate: string; readonly key: string } {
  const paths = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  writeFileSync(paths.certificate, certificate);
  writeFileSync(paths.key, key);
  return paths;
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replaceAll(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}

import { createPublicKey } from 'node:crypto';
import type * as X509 from '@peculiar/x509';

const RSA_BITS = 2048;

/**
 * Why a request for a certificate is not signed: it may name nobody but the agent that sends it, as CN or as an alternative name
 * (reference/opamp.md §2.5), and its key must be strong. Undefined when it may. Throws where its key cannot be read.
 */
export function requestProblem(
  x509: Pick<typeof X509, 'SubjectAlternativeNameExtension'>,
  { subjectName, extensions, publicKey }: X509.Pkcs10CertificateRequest,
  uid: string,
): string | undefined {
  const alternatives = extensions.flatMap((extension) =>
    extension instanceof x509.SubjectAlternativeNameExtension
      ? extension.names.toJSON().map(({ value }) => value)
      : [],
  );
  const names = [...subjectName.getField('CN'), ...alternatives].map((name) =>
    name.toLowerCase().replace('urn:uuid:', ''),
  );
  if (names.some((name) => name !== '' && name !== uid)) {
    return 'the certificate request names another than the instance uid of its agent';
  }
  const key = createPublicKey({ key: Buffer.from(publicKey.rawData), format: 'der', type: 'spki' });
  const bits = key.asymmetricKeyDetails?.modulusLength;
  const isStrong = key.asymmetricKeyType === 'rsa' ? (bits ?? 0) >= RSA_BITS : true;
  return isStrong
    ? undefined
    : `the key of the certificate request has ${bits ?? 0} bits; RSA needs ${RSA_BITS}`;
}

/** Whether whoever asks has the key: a request is signed with it. */
export async function signatureProblem(request: X509.Pkcs10CertificateRequest): Promise<string | undefined> {
  return (await request.verify()) ? undefined : 'the certificate request is not signed with its own key';
}

import { readFileSync, statSync } from 'node:fs';
import type { Server as HttpsServer, ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../src/ports/clock.ts';
import { OperationError } from '../src/ports/operation-error.ts';
import type { TlsFiles } from './identity-settings.ts';

/** How often files are looked at; certificates are renewed days before they end. */
const LOOK_MS = 10_000;

/** What a listener takes of certificates; agents' own are asked for where there is an authority, and looked at by who admits agents. */
export type TlsOptions = Pick<
  ServerOptions,
  'cert' | 'key' | 'ca' | 'minVersion' | 'requestCert' | 'rejectUnauthorized'
>;

/** Reads the files. Throws OperationError when they cannot be read, or do not belong together. */
export function readTls({ certificate, key, clientAuthority }: TlsFiles): TlsOptions {
  try {
    const cert = readFileSync(certificate);
    const options = { cert, key: readFileSync(key), minVersion: 'TLSv1.2' } as const;
    const ca = clientAuthority === undefined ? {} : { ca: readFileSync(clientAuthority) };
    createSecureContext({ ...options, ...ca });
    if (clientAuthority === undefined) return options;
    return { ...options, ...ca, requestCert: true, rejectUnauthorized: false };
  } catch (cause) {
    throw new OperationError({
      code: 'bad-certificate',
      message: `${certificate} and ${key} cannot be used for TLS: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'COLLIE_TLS_CERT and COLLIE_TLS_KEY name PEM files of one certificate, with what leads to its authority',
      cause,
    });
  }
}

/** Keeps the certificates of listeners as their files are. */
export class TlsReload {
  readonly #files: TlsFiles;
  readonly #servers: readonly HttpsServer[];
  readonly #told: (message: string, error?: unknown) => void;
  #stamp: string;

  /** `told` hears of certificates that were taken, and of those that could not be. */
  constructor(
    files: TlsFiles,
    servers: readonly HttpsServer[],
    told: (message: string, error?: unknown) => void,
  ) {
    this.#files = files;
    this.#servers = servers;
    this.#told = told;
    this.#stamp = stampOf(files);
  }

  /** Looks at the files until the signal: again every few seconds, and at once on SIGHUP. */
  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    const hangUp = (): void => this.look(true);
    process.on('SIGHUP', hangUp);
    while (!signal.aborted) {
      await clock.wait(LOOK_MS, signal).catch(() => undefined);
      if (!signal.aborted) this.look();
    }
    process.off('SIGHUP', hangUp);
  }

  /** Takes files that changed. Connections that are open stay as they are; what cannot be used is said, and the old one stays. */
  look(always: boolean = false): void {
    const stamp = stampOf(this.#files);
    if (stamp === this.#stamp && !always) return;
    this.#stamp = stamp;
    try {
      const options = readTls(this.#files);
      for (const server of this.#servers) server.setSecureContext(options);
      this.#told('the certificate was read again');
    } catch (error) {
      this.#told('the new certificate cannot be used; the old one stays', error);
    }
  }
}

/** Changes whenever one of the files does; also when a link leads elsewhere, as in Kubernetes' mounted Secrets. */
function stampOf({ certificate, key, clientAuthority }: TlsFiles): string {
  return [certificate, key, clientAuthority ?? '']
    .map((path) => {
      const stat = path === '' ? undefined : statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    })
    .join(', ');
}

import { createServer } from 'node:https';
import { request as httpRequest, createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { forwardWrites } from '../../../app/replicas/forward.ts';
import { sameCertificate } from '../../../app/replicas/same-certificate.ts';
import { scratchFolder } from '../../support/app.ts';
import { TestAuthority, written, type TestCertificate } from '../../support/certificates.ts';

const scratch = scratchFolder();
let servers: Server[] = [];
let authority: TestAuthority;
let own: TestCertificate;

beforeAll(async () => {
  authority = await TestAuthority.make('an authority that nobody here knows');
  own = await authority.sign('collie', { type: 'dns', value: 'collie.example.com' });
});

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

afterAll(() => scratch.remove());

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The status of a write at a replica with the certificate `own`, when the one that decides shows another or the same. */
async function handedOn(shown: TestCertificate): Promise<number> {
  const leader = createServer({ cert: shown.certificate, key: shown.key }, (_request, response) =>
    response.writeHead(202).end(),
  );
  const at = `https://127.0.0.1:${await listening(leader)}`;
  const { certificate } = written(scratch.path, 'own', own);
  const handle = forwardWrites({ leads: false, leader: at }, () => undefined, {
    timeoutMs: 2000,
    trust: () => sameCertificate(certificate),
  });
  const follower = createHttpServer((request, response) => void handle(request, response));
  const port = await listening(follower);
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, method: 'POST', path: '/v1/apply', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

it('replicas believe whoever shows their own certificate, whoever signed it and whatever it is called', async () => {
  expect(await handedOn(own)).toBe(202);
});

it('nobody else gets what a client sends, also with a certificate of the same authority and name', async () => {
  const other = await authority.sign('collie', { type: 'dns', value: 'collie.example.com' });
  expect(await handedOn(other)).toBe(503);
  expect(await handedOn(await authority.server())).toBe(503);
});

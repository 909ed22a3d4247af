import type { IncomingMessage } from 'node:http';
import { basicCredentials, sameSecret } from '../same-secret.ts';

export interface PageCredentials {
  readonly apiKey: string;
  readonly username: string;
  readonly password: string;
}

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/**
 * Who may see pages. On a listener that only this machine reaches: everybody who asks for it by a loopback name, so that neither a
 * web site that points its own name here nor a proxy in front opens them to others. Else whoever gives the API's user name and
 * password, or its key as the password.
 */
export function pageAccess(
  onlyLocal: boolean,
  { apiKey, username, password }: PageCredentials,
): (request: IncomingMessage) => boolean {
  return ({ headers }) => {
    if (onlyLocal && LOOPBACK_HOST.test(headers.host ?? '')) return true;
    const given = basicCredentials(headers.authorization);
    if (given === undefined) return false;
    const key = given.slice(given.indexOf(':') + 1);
    const isUser = username !== '' && password !== '' && sameSecret(given, `${username}:${password}`);
    return isUser || sameSecret(key, apiKey);
  };
}

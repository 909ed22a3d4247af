import { isMap } from '../core/document/node.ts';
import type { Clock } from '../ports/clock.ts';
import { OperationError } from '../ports/operation-error.ts';
import { httpClient } from './http.ts';

export interface GitHubLogin {
  /** The Collie server. */
  readonly url: string;
  /** GitHub's token of this workflow run. */
  readonly token: string;
  readonly clock: Clock;
  /** PEM text of a private certificate authority. */
  readonly certificateAuthority?: string;
}

/** A key of a Collie server for GitHub's token of a workflow run. Rejects with OperationError when the server gives none. */
export async function logInWithGitHub({
  url,
  token,
  clock,
  certificateAuthority,
}: GitHubLogin): Promise<string> {
  const name = `The control plane at ${URL.canParse(url) ? new URL(url).host : url}`;
  const http = httpClient({
    url: url.replace(/\/+$/, '').replace(/\/v1$/, ''),
    headers: {},
    name,
    clock,
    secrets: [token],
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
  });
  const response = await http.request('POST', '/v1/collie/github-tokens', { token });
  const key = isMap(response.json) ? response.json['key'] : undefined;
  if (response.status === 201 && typeof key === 'string') return key;
  throw new OperationError({
    code: 'no-login',
    message: `${name} takes no token of GitHub (${response.status}): ${http.words(response)}`,
    hint: 'Only a Collie server does, with `identity.github` in its settings; else give the input api-key',
  });
}

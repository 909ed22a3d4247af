import { OperationError } from '../../ports/operation-error.ts';
import type { ControlPlaneSettings } from './family.ts';

/** A server's root without `/v1`. Throws OperationError for what is no http(s) URL, or holds credentials. */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new OperationError({
      code: 'bad-url',
      message: `The control plane's URL is not an http(s) URL: ${text.slice(0, 200)}`,
      hint: 'Give it like https://app.bindplane.com',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new OperationError({
      code: 'bad-url',
      message: "The control plane's URL holds credentials",
      hint: 'Set BINDPLANE_API_KEY, or BINDPLANE_USERNAME and BINDPLANE_PASSWORD instead',
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Headers that say who asks. */
export function authentication(settings: ControlPlaneSettings): Record<string, string> {
  if (settings.apiKey !== undefined) return { 'x-bindplane-api-key': settings.apiKey };
  if (settings.username === undefined) return {};
  const basic = Buffer.from(`${settings.username}:${settings.password ?? ''}`, 'utf8').toString('base64');
  return { authorization: `Basic ${basic}` };
}

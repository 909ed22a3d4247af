import { record, text } from '../../src/io/github-client.ts';
import type { WebhookHandler } from './handler.ts';

/** An installation that was removed, suspended or changed: what was remembered of it is asked again. */
export const installation: WebhookHandler = {
  event: 'installation',
  async handle({ payload, access }) {
    access.forget(text(record(record(payload['installation'])['account'])['login']));
  },
};

import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { GITHUB_LIMITS } from './limits.ts';
import type { DeliveryRecord, GitHubState } from './state.ts';

/** Where webhooks go and the secret they are signed with. */
export interface Hook {
  readonly url: string;
  readonly secret: string;
  readonly hookId: number;
}

export interface OutgoingWebhook {
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly payload: string;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly redelivery: boolean;
}

/** `sha256=…` over the raw body, GitHub's X-Hub-Signature-256. */
function signature(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** A delivery id in the form GitHub uses, the same for the same count. */
export function deliveryGuid(count: number): string {
  return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`;
}

/** Posts one webhook and keeps what came back; status 0 means nobody answered within ten seconds. Never rejects. */
export async function deliver(
  state: GitHubState,
  hook: Hook,
  webhook: OutgoingWebhook,
  now: string,
): Promise<DeliveryRecord> {
  const answer = await post(hook, webhook).catch((error: unknown) => ({
    status: 0,
    text: error instanceof Error ? error.message : 'no answer',
  }));
  const record: DeliveryRecord = {
    id: state.nextId(),
    ...webhook,
    deliveredAt: now,
    statusCode: answer.status,
    answer: answer.text,
  };
  state.deliveries.push(record);
  return record;
}

function post(hook: Hook, webhook: OutgoingWebhook): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      hook.url,
      {
        method: 'POST',
        agent: false,
        signal: AbortSignal.timeout(GITHUB_LIMITS.deliveryTimeoutMs),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(webhook.payload),
          'user-agent': 'GitHub-Hookshot/collie',
          'x-github-event': webhook.event,
          'x-github-delivery': webhook.guid,
          'x-github-hook-id': String(hook.hookId),
          'x-github-hook-installation-target-type': 'integration',
          'x-hub-signature-256': signature(hook.secret, webhook.payload),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8').slice(0, 2000),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(webhook.payload);
  });
}

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { installCommand } from '../../../src/core/bindplane/agent-install.ts';
import { API_KEY, TestApp } from '../../support/app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start(':memory:', { COLLIE_SECRET_KEY: 'key-of-the-fleet' });
});

afterAll(() => app.close());

async function command(
  parameters: Readonly<Record<string, string>>,
  path = '/v1/agent-versions/latest/install-command',
): Promise<string> {
  const { status, body } = await app.call('GET', `${path}?${new URLSearchParams(parameters).toString()}`);
  return status === 200 ? body.command : `${status} ${body.errors[0]}`;
}

describe('install commands', () => {
  it.each(['linux', 'linux-amd64', 'macos-arm64', 'windows-amd64', 'windows-386'])(
    'of %s name version, endpoint, key and labels',
    async (platform) => {
      const text = await command({ platform, labels: 'configuration=edge,env=prod' });
      expect(text.replaceAll(app.url.replace('http', 'ws'), 'ws://HOST')).toMatchSnapshot();
    },
  );

  it('of Kubernetes are manifests', async () => {
    for (const platform of ['kubernetes-daemonset', 'kubernetes-deployment']) {
      const text = installCommand(platform, {
        version: 'v1.86.1',
        endpoint: 'wss://collie.example.com/v1/opamp',
        secretKey: 'key-of-the-fleet',
        labels: 'configuration=edge',
      });
      const kinds = parseAllDocuments(text ?? '').map((document) => document.toJS().kind);
      expect(kinds).toEqual([
        'Namespace',
        'ServiceAccount',
        'Secret',
        'ClusterRole',
        'ClusterRoleBinding',
        'Service',
        'Service',
        platform === 'kubernetes-daemonset' ? 'DaemonSet' : 'StatefulSet',
      ]);
      await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'golden', `install-${platform}.yaml`));
    }
  });

  it('take another version, key and address', async () => {
    const text = await command({
      platform: 'linux',
      version: 'v1.80.1',
      'secret-key': 'other',
      'remote-url': 'wss://collie.example.com/v1/opamp',
    });
    expect(text).toContain('/download/v1.80.1/install_unix.sh');
    expect(text).toContain('-e wss://collie.example.com/v1/opamp -s other -v 1.80.1');
    expect(await command({}, '/v1/agent-versions/v1.80.1/install-command')).toContain('-v 1.80.1');
    expect(await command({}, '/v1/agent-versions/observiq-otel-collector/v1.80.1/install-command')).toContain(
      '-v 1.80.1',
    );
  });

  it.each([
    [{ platform: 'amiga' }, 'there is no agent for the platform'],
    [{ labels: 'a=b;rm -rf /' }, 'is no label'],
    [{ labels: 'a=$(id)' }, 'is no label'],
    [{ 'secret-key': "'; rm -rf /" }, 'characters that a shell would read'],
    [{ 'remote-url': 'ws://host/$(id)' }, 'is no URL'],
    [{ version: '$(id)' }, 'is no version'],
  ])('refuse what a shell would read: %o', async (parameters, why) => {
    const text = await command({ platform: 'linux', ...parameters });
    expect(text).toMatch(/^400 /);
    expect(text).toContain(why);
  });

  it('are for those who may see the enrolment key', async () => {
    const made = await app.call('POST', '/v1/collie/tokens', { name: 'reader', scopes: ['read'] });
    const headers = { 'x-bindplane-api-key': made.body.key };
    expect(
      (await app.call('GET', '/v1/agent-versions/latest/install-command', undefined, headers)).status,
    ).toBe(403);
    expect(
      (
        await app.call('GET', '/v1/agent-versions/latest/install-command', undefined, {
          'x-bindplane-api-key': API_KEY,
        })
      ).status,
    ).toBe(200);
  });
});

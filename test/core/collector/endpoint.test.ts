import { describe, expect, it } from 'vitest';
import { durationMs } from '../../../src/core/collector/duration.ts';
import { isLoopback, isPublic, parseEndpoint } from '../../../src/core/collector/endpoint.ts';

describe('an address of a config', () => {
  it.each([
    ['0.0.0.0:4317', { host: '0.0.0.0', port: 4317, portWritten: true, path: '' }],
    [':8888', { host: '', port: 8888, portWritten: true, path: '' }],
    ['[::1]:4317', { host: '::1', port: 4317, portWritten: true, path: '' }],
    ['backend', { host: 'backend', portWritten: false, path: '' }],
    [
      'https://Otlp.Example.com/v1/traces',
      { scheme: 'https', host: 'otlp.example.com', portWritten: false, path: '/v1/traces' },
    ],
    [
      'dns:///gateway.ns:4317',
      { scheme: 'dns', host: 'gateway.ns', port: 4317, portWritten: true, path: '' },
    ],
    [
      'http://user:word@proxy:3128',
      { scheme: 'http', host: 'proxy', port: 3128, portWritten: true, path: '' },
    ],
    ['backend:grpc', { host: 'backend', portWritten: true, path: '' }],
    ['${env:HOST}:4317', { port: 4317, portWritten: true, path: '' }],
    [
      '${env:HOST:-localhost}:${env:PORT:-4318}',
      { host: 'localhost', port: 4318, portWritten: true, path: '' },
    ],
  ])('%s', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });

  it('takes what the pod’s variables hold', () => {
    const variables = new Map([['BACKEND', 'tempo.monitoring:4317']]);
    expect(parseEndpoint('http://${env:BACKEND}', variables)).toMatchObject({
      host: 'tempo.monitoring',
      port: 4317,
    });
  });

  it('knows which hosts stay here and which the internet knows', () => {
    expect(['localhost', '127.0.0.53', '::1'].every((host) => isLoopback(host))).toBe(true);
    expect(
      ['otlp.example.com', 'api.honeycomb.io', '8.8.8.8', 'a.b.example.dev'].every((host) => isPublic(host)),
    ).toBe(true);
    const near = [
      'gateway',
      'gateway.observability',
      'gw.ns.svc',
      'gw.ns.svc.cluster.local',
      '10.0.0.1',
      '172.20.1.1',
      '192.168.0.9',
      'nas.local',
      'otel.dev',
    ];
    expect(near.filter((host) => isPublic(host))).toEqual([]);
  });
});

describe('a Go duration', () => {
  it.each([
    ['1m30s', 90_000],
    ['200ms', 200],
    ['1.5h', 5_400_000],
    ['-5s', -5000],
    ['0', 0],
    ['60', undefined],
    ['1 s', undefined],
    ['', undefined],
  ])('%s', (text, milliseconds) => {
    expect(durationMs(text)).toBe(milliseconds);
  });
});

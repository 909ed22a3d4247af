import { start } from '../../collector/errors/start.ts';
import { isAnyAddress, isLoopback } from '../../collector/endpoint.ts';
import { listenerWords } from '../../collector/listeners.ts';
import type { Listener } from '../../collector/listeners.ts';
import type { Finding } from '../../document/finding.ts';
import type { Rule } from '../rule.ts';
import type { RunningConfig } from '../running.ts';
import { runningFinding } from '../running-finding.ts';

export const sameAddressRule: Rule = {
  id: 'K8S-020',
  severity: 'error',
  summary: 'Two parts of one collector that listen on the same address',
  docs: 'The second does not get the port and the collector does not start. Defaults count too: health checks on 13133, own metrics on 8888, `pprof` on 1777, `zpages` on 55679. Components that no pipeline names are not started and take no port.',
  check: (_input, { running }) => running.flatMap((one) => clashes(one)),
};

function clashes(running: RunningConfig): readonly Finding[] {
  const listeners = running.listeners();
  return listeners.flatMap((listener, index): readonly Finding[] => {
    const first = listeners.slice(0, index).find((other) => collide(other, listener));
    if (first === undefined || listener.port === undefined) return [];
    const { component } = listener;
    const kind = (['receiver', 'exporter', 'extension'] as const).find(
      (word) => component.class === `${word}s`,
    );
    const why = `listen ${listener.protocol.toLowerCase()} ${address(listener)}: bind: address already in use`;
    return [
      runningFinding(running, {
        rule: sameAddressRule.id,
        severity: 'error',
        path: listener.path,
        message: `${listenerWords(listener)} and ${listenerWords(first)} both listen on port ${listener.port}`,
        ...(kind !== undefined && { otelcolMessage: start.print({ kind, id: component.id, why }) }),
      }),
    ];
  });
}

function collide(a: Listener, b: Listener): boolean {
  if (a.port === undefined || a.port !== b.port || a.port === 0 || a.protocol !== b.protocol) return false;
  if (a.host === undefined || b.host === undefined) return a.text !== undefined && a.text === b.text;
  return (
    a.host === b.host ||
    isAnyAddress(a.host) ||
    isAnyAddress(b.host) ||
    (isLoopback(a.host) && isLoopback(b.host))
  );
}

function address({ host, port }: Listener): string {
  const shown = host === undefined || host === 'localhost' ? '127.0.0.1' : host;
  return `${shown.includes(':') ? `[${shown}]` : shown}:${port ?? ''}`;
}

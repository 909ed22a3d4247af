import { pino } from 'pino';
import type { Json } from '../../src/core/document/node.ts';
import type { DestinationStream } from 'pino';
import type { AppConfig } from '../config.ts';
import type { Redaction } from '../identity/redaction.ts';

/** Every credential that this process was given: none of them may stand in a log or an answer. */
export function ownSecrets(config: AppConfig): readonly string[] {
  const { apiKey, password, secretKeys, github, bindplane, identity } = config;
  return [
    apiKey,
    password,
    ...secretKeys,
    ...identity.encryptionKeys,
    github?.privateKey ?? '',
    github?.webhookSecret ?? '',
    bindplane?.apiKey ?? '',
    bindplane?.password ?? '',
    ...Object.values(config.telemetry?.headers ?? {}),
    passwordIn(config.store),
  ];
}

function passwordIn(location: string): string {
  return URL.canParse(location) ? decodeURIComponent(new URL(location).password) : '';
}

/** Lines of the log without secrets; on standard error where nobody else takes them. A line that cannot be looked through is left out. */
export function redactedLines(redaction: Redaction, take?: (line: string) => void): DestinationStream {
  const standardError = take === undefined ? pino.destination(2) : undefined;
  const put = take ?? ((line: string): void => void standardError?.write(line));
  return { write: (line) => put(safe(redaction, line)) };
}

function safe(redaction: Redaction, line: string): string {
  try {
    // Texts are looked through as they were before they were quoted.
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse gives plain data
    return `${JSON.stringify(redaction.data(JSON.parse(line) as Json))}\n`;
  } catch {
    return '{"level":50,"msg":"a line of the log could not be looked through for secrets, and is left out"}\n';
  }
}

import { readFile } from 'node:fs/promises';
import { isMap, type Json, type JsonMap } from '../core/document/node.ts';
import {
  getIDToken,
  info,
  error,
  notice,
  saveState,
  setOutput,
  setSecret,
  summary,
  warning,
} from '@actions/core';
import type { Clock } from '../ports/clock.ts';

/** What the Action may touch of the runner; tests bring their own. */
export interface ActionHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** The event's payload; empty when there is none. */
  payload(): Promise<JsonMap>;
  output(name: string, value: string): void;
  /** Keeps a value for the step that the runner starts after the job (`post`); there it is the variable `STATE_` and its name. */
  saveState(name: string, value: string): void;
  /** GitHub's token for this job, for an audience. Rejects where the job has no `id-token: write`. */
  idToken?(audience: string): Promise<string>;
  /** Masks a value in everything the job prints from now on. */
  mask(secret: string): void;
  info(text: string): void;
  notice(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  /** A workflow command, as it stands. */
  command(line: string): void;
  summary(markdown: string): Promise<void>;
}

/** Text from outside as log lines that the runner does not take for workflow commands (`::…` at a start, `##[…` anywhere). */
export function inertText(text: string): string {
  return text.replaceAll(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '# #[');
}

/** The runner's own host over `@actions/core`: its command files, its workflow commands. */
export function runnerHost(clock: Clock): ActionHost {
  return {
    environment: process.env,
    clock,
    async payload() {
      const path = process.env['GITHUB_EVENT_PATH'];
      if (path === undefined || path === '') return {};
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse gives plain data
      const value = JSON.parse(await readFile(path, 'utf8')) as Json;
      return isMap(value) ? value : {};
    },
    output: (name, value) => {
      setOutput(name, value);
    },
    saveState: (name, value) => {
      // Without a runner the toolkit would print it as a command.
      if ((process.env['GITHUB_STATE'] ?? '') !== '') saveState(name, value);
    },
    idToken: (audience) => getIDToken(audience),
    mask: (secret) => {
      setSecret(secret);
    },
    info: (text) => {
      info(inertText(text));
    },
    notice: (text) => {
      notice(text);
    },
    warning: (text) => {
      warning(text);
    },
    error: (text) => {
      error(text);
    },
    command: (line) => void process.stdout.write(`${line}\n`),
    async summary(markdown) {
      // Absent outside a runner (a local try): the log has it all the same.
      if ((process.env['GITHUB_STEP_SUMMARY'] ?? '') === '') info(markdown);
      else await summary.addRaw(markdown).write();
    },
  };
}

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getOctokit } from '@actions/github';
import type { ActionHost } from '../../src/action/host.ts';
import { runAction, type ActionExit } from '../../src/action/run.ts';
import type { JsonMap } from '../../src/core/document/node.ts';
import { systemClock } from '../../src/io/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';

export interface ActionRun {
  readonly environment: Readonly<Record<string, string>>;
  readonly event: JsonMap;
  readonly clock?: Clock;
  /** What GitHub answers a job that asks for its own token; a job without it has no such right. */
  readonly idToken?: (audience: string) => Promise<string>;
  /** Aborted where the runner would ask the process to stop. */
  readonly cancelled?: AbortSignal;
}

export interface ActionResult {
  readonly code: ActionExit;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: readonly string[];
  readonly summary: string;
  /** What the runner was told to mask. */
  readonly masked: readonly string[];
  /** What the runner keeps for the step after the job. */
  readonly state: Readonly<Record<string, string>>;
}

/** Time that passes without waiting. */
function quickClock(): Clock {
  let time = systemClock.now();
  return {
    now: () => time,
    wait: async (durationMs) => {
      time += durationMs;
    },
  };
}

/** Runs the Action in this process, as a runner would start it, against whatever the environment names. */
export async function action(run: ActionRun): Promise<ActionResult> {
  const outputs: Record<string, string> = {};
  const log: string[] = [];
  const masked: string[] = [];
  const state: Record<string, string> = {};
  let summary = '';
  const say =
    (level: string) =>
    (text: string): void => {
      log.push(`${level}: ${text}`);
    };
  const host: ActionHost = {
    environment: { RUNNER_TEMP: mkdtempSync(join(tmpdir(), 'collie-runner-')), ...run.environment },
    clock: run.clock ?? quickClock(),
    payload: async () => run.event,
    output: (name, value) => {
      outputs[name] = value;
    },
    saveState: (name, value) => {
      state[name] = value;
    },
    ...(run.idToken === undefined ? {} : { idToken: run.idToken }),
    mask: (secret) => void masked.push(secret),
    command: (line) => {
      log.push(line);
    },
    info: say('info'),
    notice: say('notice'),
    warning: say('warning'),
    error: say('error'),
    summary: async (markdown) => {
      summary += markdown;
    },
  };
  const network = {
    gitHub: async (token: string, baseUrl: string) => getOctokit(token, { baseUrl }),
  };
  const code = await runAction(host, network, run.cancelled);
  return { code, outputs, log, summary, masked, state };
}

/** The runner's variables for inputs. */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
  );
}

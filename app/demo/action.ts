import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One run of the built Action, the way a runner starts it: inputs and event by environment, results by files. */
export interface ActionRun {
  /** Path of `dist/action.mjs`. */
  readonly program: string;
  readonly workspace: string;
  readonly folder: string;
  readonly githubUrl: string;
  readonly token: string;
  readonly repository: string;
  readonly eventName: 'pull_request' | 'push' | 'merge_group';
  readonly event: unknown;
  readonly sha: string;
  readonly ref: string;
  readonly headRef?: string;
  readonly baseRef?: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Who started the run; `platform` where absent. */
  readonly actor?: string;
  /** What an earlier process of the step kept: then this is the one that the runner starts after the job. */
  readonly state?: Readonly<Record<string, string>>;
  /** Gets the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

export interface ActionResult {
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: string;
  /** What it kept for the process after the job. */
  readonly state: Readonly<Record<string, string>>;
}

/** Runs the Action and reads back its outputs, job summary and log. */
export async function runAction(run: ActionRun): Promise<ActionResult> {
  const folder = join(run.folder, `run-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  const files = {
    event: join(folder, 'event.json'),
    output: join(folder, 'output'),
    summary: join(folder, 'summary.md'),
    state: join(folder, 'state'),
  };
  await writeFile(files.event, JSON.stringify(run.event));
  await writeFile(files.output, '');
  await writeFile(files.summary, '');
  await writeFile(files.state, '');
  const child = spawn(process.execPath, [run.program], {
    cwd: run.workspace,
    env: environment(run, folder, files),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  run.onStart?.(child);
  const log: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => log.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => log.push(chunk));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  await writeFile(join(folder, 'log.txt'), Buffer.concat(log));
  return {
    exitCode,
    outputs: parseOutputs(await readFile(files.output, 'utf8')),
    state: parseOutputs(await readFile(files.state, 'utf8')),
    summary: await readFile(files.summary, 'utf8'),
    log: Buffer.concat(log).toString('utf8'),
  };
}

function environment(
  run: ActionRun,
  folder: string,
  files: Readonly<Record<'event' | 'output' | 'summary' | 'state', string>>,
): Record<string, string> {
  const inputs = Object.entries({ token: run.token, ...run.inputs }).map(([name, value]) => [
    `INPUT_${name.toUpperCase().replaceAll(' ', '_')}`,
    value,
  ]);
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: 'collie',
    GITHUB_ACTOR: run.actor ?? 'platform',
    GITHUB_API_URL: `${run.githubUrl}/api/v3`,
    GITHUB_SERVER_URL: run.githubUrl,
    GITHUB_GRAPHQL_URL: `${run.githubUrl}/api/graphql`,
    GITHUB_EVENT_NAME: run.eventName,
    GITHUB_EVENT_PATH: files.event,
    GITHUB_OUTPUT: files.output,
    GITHUB_STEP_SUMMARY: files.summary,
    GITHUB_STATE: files.state,
    GITHUB_REPOSITORY: run.repository,
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_SHA: run.sha,
    GITHUB_REF: run.ref,
    GITHUB_REF_NAME: run.ref.replace(/^refs\/(heads|pull)\//, ''),
    GITHUB_HEAD_REF: run.headRef ?? '',
    GITHUB_BASE_REF: run.baseRef ?? '',
    GITHUB_WORKSPACE: run.workspace,
    RUNNER_TEMP: folder,
    ...Object.fromEntries(inputs),
    ...Object.fromEntries(Object.entries(run.state ?? {}).map(([name, value]) => [`STATE_${name}`, value])),
  };
}

/** `name<<delimiter`, lines, delimiter: what the toolkit appends for each output; the last of a name counts. */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const [, name, delimiter] = /^(.+?)<<(.+)$/.exec(lines[index] ?? '') ?? [];
    if (name === undefined || delimiter === undefined) continue;
    const end = lines.indexOf(delimiter, index + 1);
    outputs[name] = lines.slice(index + 1, end).join('\n');
    index = end;
  }
  return outputs;
}

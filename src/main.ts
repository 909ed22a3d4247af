import { runnerHost } from './action/host.ts';
import { isAfterwards, runAfterwards } from './action/post.ts';
import { runAction } from './action/run.ts';
import { systemClock } from './io/clock.ts';

const host = runnerHost(systemClock);
const network = {
  // Loaded only by runs that talk to GitHub.
  gitHub: async (token: string, apiUrl: string) =>
    (await import('./action/octokit.ts')).octokit(token, apiUrl),
};

if (isAfterwards(host)) await runAfterwards(host, network);
else {
  host.saveState('started', 'true');
  const cancelled = new AbortController();
  // The runner sends SIGINT, 7.5 s later SIGTERM, and kills 2.5 s after that.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => cancelled.abort());
  process.exitCode = await runAction(host, network, cancelled.signal);
  // Requests and timers of what was given up must not keep a cancelled process alive.
  if (cancelled.signal.aborted) process.exit();
}

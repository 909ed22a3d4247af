import { runnerHost } from './action/host.ts';
import { runAction } from './action/run.ts';
import { systemClock } from './io/clock.ts';

process.exitCode = await runAction(runnerHost(systemClock), {
  // Loaded only by runs that talk to GitHub.
  gitHub: async (token, apiUrl) => (await import('./action/octokit.ts')).octokit(token, apiUrl),
});

import { runnerHost } from './action/host.ts';
import { runAction } from './action/run.ts';
import { systemClock } from './io/clock.ts';

const host = await runnerHost(systemClock);
process.exitCode = await runAction(host, {
  async gitHub(token, apiUrl) {
    const { getOctokit } = await import('@actions/github');
    return getOctokit(token, { baseUrl: apiUrl });
  },
});

import { getOctokit } from '@actions/github';
import type { GitHubClient } from '../io/github-client.ts';

/** A client of GitHub's API with the job's token; proxies and GitHub Enterprise Server included. */
export function octokit(token: string, apiUrl: string): GitHubClient {
  return getOctokit(token, { baseUrl: apiUrl });
}

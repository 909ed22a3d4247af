import type { GitHub } from '../route.ts';
import type { Account, App, Installation } from '../state.ts';

/** A stable `node_id` for a thing of one type. */
export function nodeId(type: string, id: number | string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url');
}

/** GitHub's simple-user. */
export function userShape(github: GitHub, account: Account): Record<string, unknown> {
  const api = `${github.url}/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type, account.id),
    avatar_url: `${github.url}/avatars/${account.id}`,
    gravatar_id: '',
    url: api,
    html_url: `${github.url}/${encodeURIComponent(account.login)}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: account.type,
    site_admin: false,
  };
}

/** GitHub's public-user, what `GET /user` answers for a person's token. */
export function publicUserShape(github: GitHub, account: Account): Record<string, unknown> {
  const nothing = { bio: null, blog: null, company: null, email: null, hireable: null, location: null };
  const counts = { followers: 0, following: 0, public_gists: 0, public_repos: 0 };
  const since = '2020-01-01T00:00:00Z';
  return {
    ...userShape(github, account),
    name: account.login,
    ...nothing,
    ...counts,
    created_at: since,
    updated_at: since,
  };
}

/** GitHub's integration: an app as seen from outside. */
export function appShape(github: GitHub, app: App): Record<string, unknown> {
  return {
    id: app.id,
    slug: app.slug,
    client_id: `Iv1.${app.id}`,
    node_id: nodeId('Integration', app.id),
    owner: userShape(github, app.owner),
    name: app.name,
    description: '',
    external_url: `${github.url}/apps/${app.slug}`,
    html_url: `${github.url}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: app.permissions,
    events: app.events,
  };
}

/** An installation of an app on an account. */
export function installationShape(github: GitHub, installation: Installation): Record<string, unknown> {
  const api = `${github.url}/app/installations/${installation.id}`;
  return {
    id: installation.id,
    account: userShape(github, installation.account),
    repository_selection: 'all',
    access_tokens_url: `${api}/access_tokens`,
    repositories_url: `${github.url}/installation/repositories`,
    html_url: `${github.url}/settings/installations/${installation.id}`,
    app_id: installation.app.id,
    target_id: installation.account.id,
    target_type: installation.account.type,
    permissions: installation.app.permissions,
    events: installation.app.events,
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    app_slug: installation.app.slug,
    suspended_by: null,
    suspended_at: null,
  };
}

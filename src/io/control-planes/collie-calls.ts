import { isMap, type Json, type JsonMap } from '../../core/document/node.ts';
import type { RolloutView } from '../../core/rollout/view.ts';
import type { CheckWord, ControlPlane } from '../../ports/control-plane.ts';
import type { Handover, Merge } from '../../ports/handover.ts';
import { OperationError } from '../../ports/operation-error.ts';
import type { HttpClient, HttpResponse } from '../http.ts';
import { mapOf, mapsOf, numberOf, textOf } from './bindplane-answers.ts';
import {
  agentPastsOf,
  checkedPhaseOf,
  handoverOf,
  holdOf,
  keptPoliciesOf,
  rolloutLogOf,
} from './collie-answers.ts';

export function isJson(response: HttpResponse): boolean {
  return response.json !== undefined && !/text\/html/i.test(response.contentType);
}

/** Whether an answer comes from a route of the API: an unknown path gets a web page or plain text, from a Collie server JSON. */
export function isRouted(response: HttpResponse): boolean {
  return isJson(response) && response.status !== 405;
}

/**
 * What only a Collie server has, below `/v1/collie` (app/api/README.md). Any other server is one without it: reads give
 * undefined or reject with `not-supported`, writes reject with `not-supported`, as `ControlPlane` says of each.
 */
export class CollieCalls {
  protected readonly http: HttpClient;
  /** What the server is called in messages. */
  protected readonly name: string;

  constructor(name: string, http: HttpClient) {
    this.name = name;
    this.http = http;
  }

  async rolloutLog(
    configuration: string,
    { at, agent, version }: Parameters<ControlPlane['rolloutLog']>[1] = {},
  ): ReturnType<ControlPlane['rolloutLog']> {
    const query = new URLSearchParams({
      ...(at === undefined ? {} : { at }),
      ...(agent === undefined ? {} : { agent }),
      ...(version === undefined ? {} : { version: String(version) }),
    }).toString();
    const path = `/collie/rollouts/${encodeURIComponent(configuration)}/events${query === '' ? '' : `?${query}`}`;
    const response = await this.http.request('GET', path);
    if (!isRouted(response)) throw this.notCollie('keeps no log of its rollouts');
    return response.status === 404 ? undefined : rolloutLogOf(this.checked(response, path));
  }

  async agentPast(id: string, at: string): ReturnType<ControlPlane['agentPast']> {
    const path = `/collie/agents/${encodeURIComponent(id)}/history?${new URLSearchParams({ at }).toString()}`;
    const response = await this.http.request('GET', path);
    if (!isRouted(response)) throw this.notCollie('keeps no log of what its agents were');
    return agentPastsOf(this.checked(response, path));
  }

  async sendOrigins(
    origins: Parameters<ControlPlane['sendOrigins']>[0],
  ): ReturnType<ControlPlane['sendOrigins']> {
    const response = await this.http.request('POST', '/collie/origins', { ...origins });
    if (response.status >= 300 || !isJson(response)) return undefined;
    return { reported: mapOf(response.json)['reported'] === true };
  }

  async rolloutViews(): ReturnType<ControlPlane['rolloutViews']> {
    const response = await this.http.request('GET', '/collie/rollouts');
    if (response.status !== 200 || !isJson(response)) return undefined;
    const found = mapsOf(mapOf(response.json)['rollouts']).flatMap(({ view }) => (isMap(view) ? [view] : []));
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- our own server's own value (DESIGN §4.4)
    return found as unknown as readonly RolloutView[];
  }

  async agentDrifts(): ReturnType<ControlPlane['agentDrifts']> {
    const response = await this.http.request('GET', '/collie/agents');
    if (response.status !== 200 || !isJson(response)) return undefined;
    const counts = Object.entries(mapOf(mapOf(response.json)['drift']));
    return Object.fromEntries(counts.map(([uid, count]) => [uid, numberOf(count)]));
  }

  async policies(): ReturnType<ControlPlane['policies']> {
    const response = await this.http.request('GET', '/collie/policies');
    if (response.status === 404 || !isJson(response)) return undefined;
    return keptPoliciesOf(this.checked(response, '/collie/policies'));
  }

  async putPolicy(name: string, document: JsonMap): ReturnType<ControlPlane['putPolicy']> {
    const path = `/collie/policies/${encodeURIComponent(name)}`;
    const response = await this.http.request('PUT', path, document);
    if (!isRouted(response)) throw this.notCollie('keeps no rollout policies');
    const status = textOf(mapOf(this.checked(response, path))['status']);
    return status === 'created' || status === 'unchanged' ? status : 'configured';
  }

  async deletePolicy(name: string): Promise<boolean> {
    const path = `/collie/policies/${encodeURIComponent(name)}`;
    const response = await this.http.request('DELETE', path);
    if (response.status === 204) return true;
    if (!isRouted(response)) throw this.notCollie('keeps no rollout policies');
    if (response.status !== 404) this.checked(response, path);
    return false;
  }

  async holds(): ReturnType<ControlPlane['holds']> {
    const response = await this.http.request('GET', '/collie/holds');
    if (response.status === 404 || !isRouted(response)) return undefined;
    return mapsOf(mapOf(this.checked(response, '/collie/holds'))['holds']).map(holdOf);
  }

  async hold(reason: string, configuration?: string): ReturnType<ControlPlane['hold']> {
    const body = { reason, ...(configuration === undefined ? {} : { configuration }) };
    const response = await this.http.request('PUT', '/collie/holds', body);
    if (!isRouted(response)) throw this.notCollie('cannot hold rollouts');
    return holdOf(mapOf(mapOf(this.checked(response, '/collie/holds'))['hold']));
  }

  async lift(configuration?: string): Promise<boolean> {
    const query = configuration === undefined ? '' : `?${new URLSearchParams({ configuration }).toString()}`;
    const path = `/collie/holds${query}`;
    const response = await this.http.request('DELETE', path);
    if (response.status === 204) return true;
    if (!isRouted(response)) throw this.notCollie('cannot hold rollouts');
    if (response.status !== 404) this.checked(response, path);
    return false;
  }

  async checkRollout(configuration: string, word: CheckWord): ReturnType<ControlPlane['checkRollout']> {
    const path = `/collie/rollouts/${encodeURIComponent(configuration)}/checks`;
    const response = await this.http.request('PUT', path, { ...word });
    if (!isRouted(response)) throw this.notCollie('asks no check outside about its rollouts');
    return response.status === 404 ? undefined : checkedPhaseOf(this.checked(response, path));
  }

  async handOver(merge: Merge): Promise<Handover> {
    const { repository, branch, commit, options } = merge;
    const body = {
      repository,
      branch,
      commit,
      ...(options === undefined ? {} : { options: { ...options } }),
    };
    const response = await this.http.request('POST', '/collie/applies', body);
    // An older Collie server has no such path, and says so in JSON.
    if (!isRouted(response) || response.status === 404) throw this.notCollie('takes no merges');
    return this.#handover(response, '/collie/applies');
  }

  async handover(id: string): Promise<Handover | undefined> {
    const path = `/collie/applies/${encodeURIComponent(id)}`;
    const response = await this.http.request('GET', path);
    return !isRouted(response) || response.status === 404 ? undefined : this.#handover(response, path);
  }

  #handover(response: HttpResponse, path: string): Handover {
    const found = handoverOf(this.checked(response, path));
    if (found !== undefined) return found;
    throw new OperationError({
      code: 'not-a-control-plane',
      message: `${this.name} answered ${path} with something that says nothing of a merge`,
      hint: 'Is it newer than this Collie? Bring both to the same version',
    });
  }

  /** Refuses what this server has no word for; `what` goes on behind its name. */
  protected notCollie(what: string): OperationError {
    const hint = 'A Collie server does';
    return new OperationError({ code: 'not-supported', message: `${this.name} ${what}`, hint });
  }

  /** The JSON of a good answer; unknown paths answer with a web page and 200 on a BindPlane server. */
  protected checked(response: HttpResponse, path: string): Json {
    if (response.status >= 400) {
      throw new OperationError({
        code: response.status === 404 ? 'not-found' : response.status === 409 ? 'conflict' : 'refused',
        message: `${this.name} answered ${response.status} for ${path}: ${this.http.words(response)}`,
        hint:
          response.status === 404
            ? 'Does it exist on the server? `collie plan` shows what does'
            : 'Nothing of this request was applied',
      });
    }
    if (response.json === undefined || !isJson(response)) {
      throw new OperationError({
        code: 'not-a-control-plane',
        message: `${this.name} answered ${path} with ${response.contentType || 'no content type'} instead of JSON`,
        hint: 'Check the URL: it should be the root of a BindPlane or Collie server, without /v1',
      });
    }
    return response.json;
  }
}

import { readResource } from '../../bindplane/read.ts';
import { KINDS } from '../../bindplane/resource.ts';
import { entry, isMap, plain, textAt } from '../../document/node.ts';
import type { MapNode } from '../../document/node.ts';
import type { YamlDocument } from '../../document/yaml.ts';
import type { Contribution, DocumentFormat } from './format.ts';

/**
 * BindPlane resources, `*Type` kinds included: by apiVersion, or by one of BindPlane's kinds where the apiVersion was forgotten.
 * Kinds of the same name in other API groups (Knative has a Configuration too) are not ours.
 */
export const bindplaneResources: DocumentFormat = {
  id: 'bindplane',
  title: 'BindPlane resources',
  claims,
  read,
};

/** Whether a text that could not be parsed was meant to hold BindPlane resources or an agent's manifest. */
export function looksLikeOurs(text: string): boolean {
  return BINDPLANE_API.test(text) || BINDPLANE_KIND.test(text) || /\bOPAMP_(?:LABELS|ENDPOINT)\b/.test(text);
}

const BINDPLANE_API = /^["']?apiVersion["']?\s*:\s*["']?bindplane\.observiq\.com\b/m;
const BINDPLANE_KIND = new RegExp(
  String.raw`^["']?kind["']?\s*:\s*["']?(?:${KINDS.join('|')})["']?\s*$`,
  'm',
);

function claims(root: MapNode): boolean {
  const apiVersion = textAt(root, 'apiVersion');
  if (apiVersion !== undefined) return /bindplane|observiq/i.test(apiVersion);
  const kind = textAt(root, 'kind');
  return KINDS.some((candidate) => candidate === kind) && entry(root, 'spec') !== undefined;
}

function read(root: MapNode, document: YamlDocument): Contribution {
  const { resource, findings } = readResource(root);
  const value = plain(root);
  const isType = textAt(root, 'kind')?.endsWith('Type') === true && isMap(value);
  return {
    ...(resource && { resource }),
    ...(isType && resource && { type: { file: document.at.file, value, verified: true } }),
    findings,
  };
}

import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { resourceFromJson } from '../../src/core/bindplane/read.ts';
import type { ControlPlane } from '../../src/ports/control-plane.ts';
import { review } from '../../src/flows/review.ts';
import { loadCatalogue } from '../../src/io/files.ts';
import type { Repository, RepositoryFile } from '../../src/ports/repository.ts';
import { builtInTypes } from '../support/repository.ts';
import { repositoryOf as revisionsOf, reviewOfFiles } from './support.ts';

/** A repository whose base is empty and whose head has these files. */
function repositoryOf(head: readonly RepositoryFile[]): Repository {
  return {
    resolve: async (revision) => revision,
    mergeBase: async (revision) => revision,
    files: async (revision) => (revision === 'head' ? head : []),
  };
}

describe('a review', () => {
  it('tells of files that were listed and not read', async () => {
    const { plan } = await review({
      repository: repositoryOf([
        { path: 'link.yaml', size: 3, problem: 'symlink' },
        { path: 'lib.yaml', size: 0, problem: 'submodule' },
        { path: 'huge.yaml', size: 40 * 1_048_576, problem: 'too-large' },
        { path: 'bytes.yaml', size: 2, bytes: Buffer.from([0x61, 0xff]) },
      ]),
      base: 'base',
      head: 'head',
      paths: [],
      types: builtInTypes(),
      catalogue: await loadCatalogue(),
    });
    expect(plan.findings.map(({ severity, at }) => [severity, at?.file])).toEqual([
      ['error', 'bytes.yaml'],
      ['error', 'huge.yaml'],
      ['warning', 'lib.yaml'],
      ['warning', 'link.yaml'],
    ]);
    // What could not be read may hold anything: nothing is applied around it.
    expect(plan.applyable).toBe(false);
    expect(plan.complete).toBe(false);
  });
});

/** A server that has these resources. */
function serverWith(...documents: readonly object[]): ControlPlane {
  const resources = documents.flatMap(
    (document) => resourceFromJson(structuredClone(document) as never) ?? [],
  );
  return {
    url: 'http://server.example',
    resourceTypes: async () => [],
    agents: async () => [],
    policies: async () => undefined,
    list: async (kind: string) => resources.filter((resource) => resource.kind === kind),
    configuration: async () => undefined,
  } as unknown as ControlPlane;
}

const source = (port: number): object => ({
  apiVersion: 'bindplane.observiq.com/v1',
  kind: 'Source',
  metadata: { name: 'in' },
  spec: { type: 'otlp', parameters: [{ name: 'grpc_port', value: port }] },
});
const destination = {
  apiVersion: 'bindplane.observiq.com/v1',
  kind: 'Destination',
  metadata: { name: 'left' },
  spec: { type: 'dev_null' },
};
const filesOf = (...documents: readonly object[]): Record<string, string> => ({
  'fleet.yaml': documents.map((document) => stringify(document)).join('---\n'),
});

describe('what an apply that failed left on the server', () => {
  const [first, tried] = [filesOf(source(1)), filesOf(source(2), destination)];
  const repository = revisionsOf({ base: first, tried, head: first });
  const controlPlane = serverWith(source(2), destination);

  it('is brought to what head says, where somebody says that it was tried', async () => {
    const { plan } = await reviewOfFiles({}, {}, { repository, controlPlane, tried: ['tried'] });
    expect(plan.steps.map(({ text }) => text)).toEqual(['update Source in', 'delete Destination left']);
    expect(plan.unmanaged).toBe(0);
  });

  it('is nobody’s otherwise: what no file of base and head differs in stays', async () => {
    const { plan } = await reviewOfFiles({}, {}, { repository, controlPlane });
    expect([plan.steps, plan.unmanaged]).toEqual([[], 1]);
  });

  it('is nothing to the files alone', async () => {
    const { plan } = await reviewOfFiles({}, {}, { repository, tried: ['tried'] });
    expect(plan.steps).toEqual([]);
  });
});

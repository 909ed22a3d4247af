import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ViewContext } from '../../../src/core/resources/view.ts';
import { typesOf } from '../../../src/core/resources/effective.ts';
import { builtInTypes, repositoryView } from '../../support/repository.ts';
import { agent } from '../../support/values.ts';
import { RUNS, doc, configuration, workload, base, planOf, serverWith, type Files } from './support.ts';

describe('the digest', () => {
  const head: Files = { ...base, 'in.yaml': doc('Source', 'in', 'type: host') };
  const digest = (files: Files, context: Partial<ViewContext> = {}): string =>
    planOf(base, files, { context }).digest;

  it('does not depend on agents, comments or the files resources stand in', () => {
    const agents = [agent('a', '1.86.0', { labels: { configuration: 'edge' } })];
    const moved = { 'all.yaml': Object.values(head).toReversed().join('---\n') };
    expect(digest(head, { agents })).toBe(digest(head));
    expect(digest(moved)).toBe(digest(head));
    expect(digest({ ...head, 'in.yaml': `# hello\n${head['in.yaml'] ?? ''}` })).toBe(digest(head));
  });

  it('does not depend on the server’s versions', () => {
    const at = (version: number): string =>
      planOf(base, head, { server: serverWith(base, { versions: new Map([['edge', version]]) }) }).digest;
    expect(at(1)).toBe(at(9));
  });

  it('changes when the same files render to something else, because a type has changed', () => {
    const type = (receiver: string): string =>
      doc('SourceType', 'host', `parameters: []\nmetrics:\n  receivers: |\n    - ${receiver}:`);
    const withType = (receiver: string): Partial<ViewContext> => {
      const { repository } = repositoryView({ 'type.yaml': type(receiver) });
      return { types: typesOf(repository, builtInTypes()).types };
    };
    expect(digest(head, withType('hostmetrics'))).not.toBe(digest(head, withType('nop')));
  });

  it('changes with rendered bytes, selectors and manifests', () => {
    const others = [
      head,
      {
        ...head,
        'in.yaml': doc(
          'Source',
          'in',
          'type: host\nparameters:\n  - name: collection_interval\n    value: 30',
        ),
      },
      { ...head, 'edge.yaml': (head['edge.yaml'] ?? '').replace('configuration: edge', 'site: north') },
      { ...head, 'agent.yaml': workload('edge-agent', 'configuration=edge') },
      { ...head, 'more.yaml': doc('Source', 'more', 'type: host') },
    ];
    expect(new Set(others.map((files) => digest(files))).size).toBe(others.length);
  });
});

describe('laws', () => {
  const names = ['a', 'b', 'c'] as const;
  const repository = fc
    .record({
      sources: fc.subarray([...names], { minLength: 1 }),
      used: fc.array(fc.subarray([...names], { minLength: 1 }), { maxLength: 3 }),
      port: fc.constantFrom(4317, 4319),
    })
    .map(({ sources, used, port }): Files => {
      const files: Record<string, string> = { 'out.yaml': base['out.yaml'] ?? '' };
      for (const name of sources) {
        files[`source-${name}.yaml`] = doc(
          'Source',
          name,
          `type: otlp\nparameters:\n  - name: grpc_port\n    value: ${port}`,
        );
      }
      used.forEach((list, index) => {
        const existing = list.filter((name) => sources.includes(name));
        if (existing.length > 0) files[`c${index}.yaml`] = configuration(`c${index}`, existing);
      });
      return files;
    });

  it('steps come after what they wait for, each id once, and nothing waits for what is not there', () => {
    const law = fc.check(
      fc.property(repository, repository, (before, after) => {
        const { steps } = planOf(before, after);
        const seen = new Set<string>();
        for (const step of steps) {
          if (seen.has(step.id) || !step.after.every((id) => seen.has(id))) return false;
          seen.add(step.id);
        }
        return true;
      }),
      { numRuns: RUNS * 4 },
    );
    expect(law.counterexample).toBeNull();
  });

  it('a plan carried out leaves nothing to do', () => {
    const law = fc.check(
      fc.property(
        repository,
        repository,
        (before, after) => planOf(before, after, { server: serverWith(after) }).steps.length === 0,
      ),
      { numRuns: RUNS * 4 },
    );
    expect(law.counterexample).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { policyStep } from '../../src/flows/policy-step.ts';
import type { Review } from '../../src/flows/review.ts';
import { OperationError } from '../../src/ports/operation-error.ts';
import { planOf } from '../core/plan/support.ts';

const policy = (spec: string): Record<string, string> => ({
  'p.yaml': `kind: RolloutPolicy\nmetadata: {name: p}\nspec: ${spec}\n`,
});

type Answers = Parameters<typeof policyStep>[0]['controlPlane'];

/** How the one policy step of a change ends, and what was asked of the server. */
async function ended(
  before: Record<string, string>,
  after: Record<string, string>,
  { prune = true, ...answers }: Partial<Answers> & { readonly prune?: boolean } = {},
): Promise<{ readonly said: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const plan = planOf(before, after);
  const [step] = plan.steps;
  if (step === undefined) throw new Error('no step');
  const controlPlane: Answers = {
    putPolicy: async (name, document) => {
      asked.push(`put ${name} ${JSON.stringify(document['spec'])}`);
      return 'configured';
    },
    deletePolicy: async (name) => {
      asked.push(`delete ${name}`);
      return true;
    },
    ...answers,
  };
  const { state, text } = await policyStep({ review: { plan } as Review, controlPlane, prune }, step);
  return { said: `${state}: ${text}`, asked };
}

function refusing(code: string): () => Promise<never> {
  return async () => {
    throw new OperationError({ code, message: 'no', hint: '' });
  };
}

describe('a policy of a plan', () => {
  const [fast, careful] = [policy('{profile: fast}'), policy('{profile: careful}')];

  it('is sent as its document', async () => {
    expect(await ended(fast, careful)).toEqual({
      said: 'done: configured',
      asked: ['put p {"profile":"careful"}'],
    });
    const same = await ended(fast, careful, { putPolicy: async () => 'unchanged' });
    expect(same.said).toBe('unchanged: the server has it already');
  });

  it('is deleted where deleting is on, and kept where it is not', async () => {
    expect(await ended(fast, {})).toEqual({ said: 'done: deleted', asked: ['delete p'] });
    expect((await ended(fast, {}, { deletePolicy: async () => false })).said).toBe(
      'unchanged: it was gone already',
    );
    expect(await ended(fast, {}, { prune: false })).toEqual({
      said: 'external: kept on the server: prune is off',
      asked: [],
    });
  });

  it('is nothing to a server that keeps none, and fails where the server refuses it', async () => {
    expect((await ended(fast, careful, { putPolicy: refusing('not-supported') })).said).toBe(
      'external: this server keeps no policies; Collie goes by them where it drives its rollouts',
    );
    await expect(ended(fast, careful, { putPolicy: refusing('refused') })).rejects.toThrow('no');
  });

  it('that cannot be read is not sent', async () => {
    expect(await ended(fast, policy('{profile: slow}'))).toEqual({
      said: 'failed: p.yaml:2:18: policy p cannot be read',
      asked: [],
    });
  });
});

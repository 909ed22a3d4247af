import type { Finding } from '../../document/finding.ts';
import { at, itemsAt } from '../../document/node.ts';
import type { Node } from '../../document/node.ts';
import { didYouMean } from '../config-finding.ts';
import { objectsOfKind } from '../manifest-nodes.ts';
import type { Rule } from '../rule.ts';

export const samplerRule: Rule = {
  id: 'INS-005',
  severity: 'error',
  blocksApply: true,
  summary: 'A sampler, its argument or a propagator that the API server or the operator refuses',
  docs: 'The schema of `Instrumentation` lists the samplers and propagators there are; its webhook refuses an argument of a ratio sampler that is no number from 0 to 1. The argument is a text: `"0.1"`, in quotes.',
  check: (input) =>
    objectsOfKind(input, ['Instrumentation'])
      .filter(({ apiVersion }) => apiVersion.startsWith('opentelemetry.io/'))
      .flatMap(({ node }) => [
        ...samplerMistakes(at(node, 'spec', 'sampler')),
        ...propagatorMistakes(itemsAt(node, 'spec', 'propagators')),
      ]),
};

const SAMPLERS: readonly string[] = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'jaeger_remote',
  'parentbased_jaeger_remote',
  'xray',
];
const PROPAGATORS: readonly string[] = [
  'tracecontext',
  'baggage',
  'b3',
  'b3multi',
  'jaeger',
  'xray',
  'ottrace',
  'none',
];

function samplerMistakes(sampler: Node | undefined): readonly Finding[] {
  const type = at(sampler, 'type');
  const argument = at(sampler, 'argument');
  const name = type?.kind === 'scalar' ? String(type.value) : undefined;
  const known = name === undefined || SAMPLERS.includes(name);
  const ofType =
    known || type === undefined
      ? []
      : [
          finding(
            type,
            `\`${name}\` is no sampler${didYouMean(name, SAMPLERS)}`,
            `spec.sampler.type: Unsupported value: "${name}"`,
          ),
        ];
  return [...ofType, ...argumentMistakes(argument, name)];
}

function argumentMistakes(argument: Node | undefined, sampler: string | undefined): readonly Finding[] {
  if (argument?.kind !== 'scalar' || argument.value === null) return [];
  const text = String(argument.value);
  if (typeof argument.value !== 'string') {
    const mistake = finding(
      argument,
      `the argument of the sampler must be a text: \`"${text}"\`, in quotes`,
      `spec.sampler.argument: Invalid value: "${typeof argument.value === 'boolean' ? 'boolean' : 'number'}": spec.sampler.argument in body must be of type string`,
    );
    const fix = {
      title: `write \`"${text}"\``,
      at: argument.at,
      edits: [{ at: argument.at, text: `"${text}"` }],
    };
    return [{ ...mistake, fixes: [fix] }];
  }
  if (sampler !== 'traceidratio' && sampler !== 'parentbased_traceidratio') return [];
  const ratio = text.trim() === text && text !== '' ? Number(text) : Number.NaN;
  if (text === '') return [];
  if (Number.isNaN(ratio)) {
    return [
      finding(
        argument,
        `\`${text}\` is no number, and \`${sampler}\` takes a share from 0 to 1`,
        `spec.sampler.argument is not a number: ${text}`,
      ),
    ];
  }
  return ratio < 0 || ratio > 1
    ? [
        finding(
          argument,
          `\`${sampler}\` takes a share from 0 to 1, not \`${text}\`${ratio > 1 && ratio <= 100 ? ` (${ratio} % is ${ratio / 100})` : ''}`,
          `spec.sampler.argument should be in rage [0..1]: ${text}`,
        ),
      ]
    : [];
}

function propagatorMistakes(items: readonly Node[]): readonly Finding[] {
  return items.flatMap((item) => {
    const name = item.kind === 'scalar' ? String(item.value) : '';
    if (PROPAGATORS.includes(name)) return [];
    return [
      finding(
        item,
        `\`${name}\` is no propagator${didYouMean(name, PROPAGATORS)}`,
        `spec.propagators: Unsupported value: "${name}"`,
      ),
    ];
  });
}

function finding(node: Node, message: string, otelcolMessage: string): Finding {
  return { rule: samplerRule.id, severity: 'error', message, at: node.at, otelcolMessage };
}

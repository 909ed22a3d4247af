import { ambiguousId } from '../../collector/errors/ambiguous-id.ts';
import { connectorWiring } from '../../collector/errors/connector-wiring.ts';
import { pipelinesOf } from '../../collector/pipelines.ts';
import type { Pipeline } from '../../collector/pipelines.ts';
import type { JsonMap } from '../../document/node.ts';
import { mapAt, wholeConfigs } from '../config-finding.ts';
import type { ConfigMistake } from '../config-finding.ts';
import type { Rule } from '../rule.ts';

export const connectorRule: Rule = {
  id: 'CFG-009',
  severity: 'error',
  summary: 'A connector with one side only, in a loop, or with the id of another component',
  docs: 'A connector is an exporter of one pipeline and a receiver of another. With one side it has nowhere to take from or send to, and the collector does not start; pipelines that lead back to themselves are refused too.',
  check: (input) =>
    wholeConfigs(input, ({ tree }) => [...oneSided(tree), ...ambiguous(tree), ...loops(tree)]),
};

function oneSided(tree: JsonMap): readonly ConfigMistake[] {
  const pipelines = pipelinesOf(tree);
  return Object.keys(mapAt(tree, 'connectors')).flatMap((id): readonly ConfigMistake[] => {
    const writes = pipelines.find(({ exporters }) => exporters.includes(id));
    const reads = pipelines.find(({ receivers }) => receivers.includes(id));
    // In no pipeline at all it is not built.
    if ((writes === undefined) === (reads === undefined)) return [];
    const usedAs = writes === undefined ? 'receiver' : 'exporter';
    const other = usedAs === 'exporter' ? 'receiver' : 'exporter';
    const pipeline = writes ?? reads;
    return [
      {
        rule: connectorRule.id,
        severity: 'error',
        path: ['connectors', id],
        message: `connector \`${id}\` is ${usedAs} of pipeline \`${pipeline?.id ?? ''}\` and ${other} of none`,
        otelcolMessage: connectorWiring.print({ id, usedAs, signal: pipeline?.signal ?? '' }),
      },
    ];
  });
}

function ambiguous(tree: JsonMap): readonly ConfigMistake[] {
  return Object.keys(mapAt(tree, 'connectors')).flatMap((id) =>
    (['exporter', 'receiver'] as const).flatMap((other): readonly ConfigMistake[] =>
      Object.hasOwn(mapAt(tree, `${other}s`), id)
        ? [
            {
              rule: connectorRule.id,
              severity: 'error',
              path: ['connectors', id],
              message: `\`${id}\` is the id of a connector and of ${other === 'exporter' ? 'an exporter' : 'a receiver'}`,
              otelcolMessage: ambiguousId.print({ id, other }),
            },
          ]
        : [],
    ),
  );
}

/** Each loop once, at the connector of it that is declared first. */
function loops(tree: JsonMap): readonly ConfigMistake[] {
  const ids = Object.keys(mapAt(tree, 'connectors'));
  const pipelines = pipelinesOf(tree);
  const told = new Set<string>();
  return ids.flatMap((id): readonly ConfigMistake[] => {
    if (told.has(id)) return [];
    const loop = loopFrom(id, ids, pipelines);
    if (loop === undefined) return [];
    for (const member of loop) told.add(member);
    return [
      {
        rule: connectorRule.id,
        severity: 'error',
        path: ['connectors', id],
        message: `pipelines lead in a loop through ${loop.map((one) => `\`${one}\``).join(' → ')}`,
        otelcolMessage: `cycle detected: ${[...loop, id].map((one) => `connector "${one}"`).join(' -> ')}`,
      },
    ];
  });
}

/** Connectors on a way from one back to itself, it first. */
function loopFrom(
  start: string,
  ids: readonly string[],
  pipelines: readonly Pipeline[],
): readonly string[] | undefined {
  const next = (id: string): readonly string[] =>
    pipelines
      .filter(({ receivers }) => receivers.includes(id))
      .flatMap(({ exporters }) => exporters.filter((one) => ids.includes(one)));
  const from = new Map<string, string>();
  const open = [start];
  for (const id of open) {
    for (const one of next(id)) {
      if (one === start) {
        const loop = [id];
        for (let back = id; back !== start;) {
          back = from.get(back) ?? start;
          loop.unshift(back);
        }
        return loop;
      }
      if (!from.has(one)) {
        from.set(one, id);
        open.push(one);
      }
    }
  }
  return undefined;
}

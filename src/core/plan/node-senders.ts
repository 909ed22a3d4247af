import { compareText } from '../document/finding.ts';
import type { SourceRange } from '../document/finding.ts';
import { entriesAt, itemsAt, textAt } from '../document/node.ts';
import type { Node } from '../document/node.ts';
import type { LoadedView } from '../resources/view.ts';

/** Somebody who sends to a port of the node that it runs on, whoever listens there. */
export interface NodeSender {
  /** `Deployment cart`, or the file of values. */
  readonly words: string;
  readonly port: number;
  readonly at: SourceRange;
}

/** The variable that the operator puts into every pod that it instruments (operator `internal/instrumentation`). */
const OF_OPERATOR = 'OTEL_NODE_IP';

/**
 * Who sends to its own node: texts such as `http://$(NODE_IP):4317`, where the variable is the field `status.hostIP` (Kubernetes,
 * “dependent environment variables”), in workloads, Instrumentations and values of charts. In the order of names.
 */
export function nodeSenders({ repository }: LoadedView): readonly NodeSender[] {
  const documents = [
    ...repository.manifestDocuments.flatMap(({ root }) => objectsIn(root)),
    ...repository.helmValues.map(({ file, root }) => ({ words: file, node: root as Node })),
  ];
  return documents
    .flatMap(({ words, node }) => sendersIn(words, node))
    .sort((a, b) => compareText(a.words, b.words) || a.port - b.port);
}

interface Named {
  readonly words: string;
  readonly node: Node;
}

function objectsIn(node: Node): readonly Named[] {
  const kind = textAt(node, 'kind') ?? '';
  if (kind === 'List') return itemsAt(node, 'items').flatMap(objectsIn);
  return [{ words: `${kind} ${textAt(node, 'metadata', 'name') ?? ''}`, node }];
}

function sendersIn(words: string, root: Node): readonly NodeSender[] {
  const variables = new Set([OF_OPERATOR]);
  const texts: { readonly text: string; readonly at: SourceRange }[] = [];
  const visit = (node: Node): void => {
    if (node.kind === 'scalar') {
      if (typeof node.value === 'string' && node.value.includes('$(')) {
        texts.push({ text: node.value, at: node.at });
      }
      return;
    }
    const name = textAt(node, 'name');
    if (name !== undefined && textAt(node, 'valueFrom', 'fieldRef', 'fieldPath') === 'status.hostIP') {
      variables.add(name);
    }
    const children = node.kind === 'map' ? entriesAt(node).map(({ value }) => value) : node.items;
    for (const child of children) visit(child);
  };
  visit(root);
  return texts.flatMap(({ text, at }) => {
    const [, variable = '', port] = /\$\((\w+)\):(\d{1,5})(?!\d)/.exec(text) ?? [];
    return variables.has(variable) ? [{ words, port: Number(port), at }] : [];
  });
}

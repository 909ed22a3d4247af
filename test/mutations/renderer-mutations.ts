/** One rule, broken on purpose. */
export interface Mutation {
  /** The rule that is broken. */
  readonly rule: string;
  /** A file of src/core/bindplane. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** A file of test/core/bindplane without `.test.ts`, and the title of the test in it that must fail. */
  readonly noticed: readonly [file: string, title: string];
}

/** The renderer's rules, each with one way to break it. */
export const MUTATIONS: readonly Mutation[] = [
  {
    rule: 'attached processors keep their order',
    file: 'assemble.ts',
    from: '...source.processors.flatMap(',
    to: '...[...source.processors].reverse().flatMap(',
    noticed: [
      'render-items',
      'stand after those of the source and before those of the destination, in their order',
    ],
  },
  {
    rule: "a destination's own processors come last",
    file: 'assemble.ts',
    from: "...destination.processors.flatMap((processor) => placed(processor, signal, 'processors')),\n      ...arriving.after,\n      ...placed(destination, signal, 'processors'),",
    to: "...placed(destination, signal, 'processors'),\n      ...destination.processors.flatMap((processor) => placed(processor, signal, 'processors')),\n      ...arriving.after,",
    noticed: [
      'render-items',
      'stand after those of the source and before those of the destination, in their order',
    ],
  },
  {
    rule: "a destination's index is its place in the list",
    file: 'assemble.ts',
    from: 'key: `${destination.name}-${index}`',
    to: 'key: `${destination.name}-0`',
    noticed: [
      'render',
      'exist where source and destination share a signal, and keep indices of paused items',
    ],
  },
  {
    rule: 'a source listed twice has the processors of its last entry',
    file: 'assemble.ts',
    from: 'new Map(sources.map(',
    to: 'new Map([...sources].reverse().map(',
    noticed: ['render', 'hold a source once, with the processors of its last entry'],
  },
  {
    rule: 'sources are taken in the order of their names',
    file: 'assemble.ts',
    from: '[...sourceByName].sort(([a], [b]) => compareText(a, b))',
    to: '[...sourceByName]',
    noticed: ['render-items', 'bring extensions in the order of names, whatever the order in the file'],
  },
  {
    rule: 'destinations are taken in the order of their names',
    file: 'assemble.ts',
    from: '[...indexed].sort((a, b) => compareText(a.key, b.key))',
    to: '[...indexed]',
    noticed: ['render-items', 'bring extensions in the order of names, whatever the order in the file'],
  },
  {
    rule: 'both sides must have the signal',
    file: 'assemble.ts',
    from: 'receivers.length === 0 || exporters.length === 0',
    to: 'receivers.length === 0',
    noticed: ['render-items', 'make the same pipelines'],
  },
  {
    rule: 'a source is counted in its first pipeline alone',
    file: 'assemble.ts',
    from: 'const isFirst = !seen.has(`${signal}/${source.name}`);',
    to: 'const isFirst = true;',
    noticed: [
      'agent-form',
      'stands around the attached processors; a source is counted in its first pipeline alone',
    ],
  },
  {
    rule: 'the bare snapshot stands at the end of each pipeline',
    file: 'agent-parts.ts',
    from: "last: snapshot(''),",
    to: 'last: [],',
    noticed: [
      'agent-form',
      'stands around the attached processors; a source is counted in its first pipeline alone',
    ],
  },
  {
    rule: 'own metrics are read every 10 seconds unless said otherwise',
    file: 'agent-parts.ts',
    from: "? '10s'",
    to: "? '1m'",
    noticed: ['agent-form', 'takes interval, agent and address as they are'],
  },
  {
    rule: 'measurements need agent 1.9.2',
    file: 'receiving-agent.ts',
    from: "measurements: '1.9.2'",
    to: "measurements: '1.9.1'",
    noticed: ['agent-form', 'depends on the agent: version v1.9.1'],
  },
  {
    rule: 'inline sources are called by place and id',
    file: 'items.ts',
    from: 'source${index}_${itemId(',
    to: 'source${index}${itemId(',
    noticed: ['render-items', 'make the same components under names of their own'],
  },
  {
    rule: 'inline destinations are called by place alone',
    file: 'items.ts',
    from: 'inlineName: `destination${index}`',
    to: 'inlineName: `destination${index}_`',
    noticed: ['render-items', 'make the same components under names of their own'],
  },
  {
    rule: 'processors on a destination are called after it and its place',
    file: 'items.ts',
    from: '`${item.name}-${index}`',
    to: 'item.name',
    noticed: [
      'render-items',
      'stand after those of the source and before those of the destination, in their order',
    ],
  },
  {
    rule: 'attached processors are counted with the library ones and the paused ones',
    file: 'items.ts',
    from: '`${owner}__processor${index}`',
    to: '`${owner}__processor0`',
    noticed: [
      'render-items',
      'are there once where a library processor is used twice, with the parameters each has',
    ],
  },
  {
    rule: 'what is paused in the library is paused',
    file: 'items.ts',
    from: "place.value['disabled'] === true || resource.spec['disabled'] === true",
    to: "place.value['disabled'] === true",
    noticed: ['render-items', 'leave nothing behind but their place: a source paused in the library'],
  },
  {
    rule: 'what is paused where it is named is paused',
    file: 'items.ts',
    from: "place.value['disabled'] === true || resource.spec['disabled'] === true",
    to: "resource.spec['disabled'] === true",
    noticed: ['render-items', 'leave nothing behind but their place: a destination paused where it is named'],
  },
  {
    rule: 'an unknown type is said to be missing',
    file: 'items.ts',
    from: 'types.get(kind, name);\n    if (type === undefined) {',
    to: "types.get(kind, name);\n    if (type === undefined) return undefined;\n    if (name === '') {",
    noticed: ['render', 'leaves an item of an unknown type out, says so, and renders the rest'],
  },
  {
    rule: 'a pin to another version is doubted',
    file: 'items.ts',
    from: 'version !== undefined && known !== version',
    to: 'version !== undefined && known === version',
    noticed: ['render', 'doubts a pin to a version that the files do not tell'],
  },
  {
    rule: 'ids that nobody gave outlive a new order',
    file: 'items.ts',
    from: 'filter((other) => itemLabel(other) === label).length',
    to: 'length',
    noticed: ['render', 'give inline items without an id one that outlives a new order of the others'],
  },
  {
    rule: 'given values stand before defaults',
    file: 'parameters.ts',
    from: 'for (const { name, value } of given) {',
    to: 'for (const { name, value } of given) {\n    if (values.has(name)) continue;',
    noticed: ['render-items', 'make the same components under names of their own'],
  },
  {
    rule: 'defaults are given to the templates',
    file: 'parameters.ts',
    from: 'if (definition.default !== undefined) values.set(',
    to: 'if (definition.default === false) values.set(',
    noticed: ['render-items', 'count wherever an editor would hide them: advanced, hidden, not relevant'],
  },
  {
    rule: 'secrets are masked',
    file: 'parameters.ts',
    from: "values.set(name, secret && value !== '' && value !== null ? SENSITIVE : value);",
    to: 'values.set(name, value);',
    noticed: ['render', 'are shown as a server shows them'],
  },
  {
    rule: "a template's suffix stands behind two underscores",
    file: 'template.ts',
    from: '/${name}__${',
    to: '/${name}_${',
    noticed: ['template-functions', 'gives components the name of their resource, with the suffix behind it'],
  },
  {
    rule: 'a parameter that is missing is an error',
    file: 'template.ts',
    from: "missingKey: 'error'",
    to: "missingKey: 'default'",
    noticed: ['render', 'names the required parameter that a template misses, at the type'],
  },
  {
    rule: 'a shared section counts for each of its signals',
    file: 'types.ts',
    from: 'SIGNALS.filter((signal) => parts.includes(signal))',
    to: 'SIGNALS.filter((signal) => parts[0] === signal)',
    noticed: ['render-items', 'have a pipeline for each signal that a shared section names'],
  },
  {
    rule: 'texts are chosen from their version on',
    file: 'type-choice.ts',
    from: "'>=': (order) => order >= 0",
    to: "'>=': (order) => order > 0",
    noticed: ['type-choice', 'takes the first that fits: collector 0.145.0'],
  },
  {
    rule: 'modules of other repositories have versions of their own',
    file: 'type-choice.ts',
    from: '|| !COLLECTOR_MODULES.test(match.component)',
    to: '',
    noticed: ['type-choice', 'never guesses about another repository'],
  },
  {
    rule: 'the header names the version',
    file: 'config-text.ts',
    from: '${facts.name}:${facts.version}',
    to: '${facts.name}:1',
    noticed: ['render', 'names product, configuration and version, and can be taken off'],
  },
  {
    rule: 'a pipeline is written as receivers, processors, exporters',
    file: 'config-text.ts',
    from: "['receivers', 'processors', 'exporters']",
    to: "['exporters', 'processors', 'receivers']",
    noticed: ['render-recorded', '01-otlp-to-otlp: byte for byte'],
  },
  {
    rule: 'pipelines are written in the order of their names',
    file: 'config-text.ts',
    from: 'Object.keys(byId).sort(goKeyOrder)',
    to: 'Object.keys(byId).reverse()',
    noticed: ['render-recorded', '01-otlp-to-otlp: byte for byte'],
  },
  {
    rule: 'a raw config is delivered as it is',
    file: 'render.ts',
    from: 'text: raw,',
    to: 'text: raw.trim(),',
    noticed: ['render-items', 'is its own text byte for byte, without header: as raw'],
  },
  {
    rule: 'the fixed text never stands for what cannot be rendered',
    file: 'render.ts',
    from: 'nothing && unrendered.length === 0\n      ? NO_OP_TEXT',
    to: 'nothing\n      ? NO_OP_TEXT',
    noticed: ['render', 'never answers with the no-op text when something is missing from it'],
  },
  {
    rule: 'parts of a spec without a rule are said',
    file: 'render.ts',
    from: "['processors', 'connectors', 'extensions', 'parameters']",
    to: "['processors', 'connectors']",
    noticed: ['render-items', 'extensions of its own'],
  },
  {
    rule: 'a queue is persistent only when asked',
    file: 'bindplane-functions.ts',
    from: 'const place = isOn(persistent) ?',
    to: 'const place = isOn(enabled) ?',
    noticed: ['template-functions', 'bpRenderOtelSendingQueueConfig true false "x" "10" 5'],
  },
  {
    rule: 'metrics that are off by default are not listed twice',
    file: 'bindplane-functions.ts',
    from: 'defaultDisabled && !listed(disabled).includes(name)',
    to: 'defaultDisabled',
    noticed: ['template-functions', 'metrics of a category with ["a.one","a.two"] switched off'],
  },
  {
    rule: 'what cannot be rendered is compared by what it is made from',
    file: 'items.ts',
    from: 'this.notes.opaque.add(canonicalJson([...from.path, { kind, name, type, parameters, processors }]));',
    to: 'this.notes.opaque.add(canonicalJson([kind, name, type, parameters.length, processors]));',
    noticed: ['render-items', 'another digest where a parameter differs, though the text is the same'],
  },
  {
    rule: 'a part of a spec without a rule is compared by its content',
    file: 'render.ts',
    from: 'notes.opaque.add(canonicalJson([part, value]));',
    to: '',
    noticed: [
      'render-items',
      'another digest where a part that has no rule differs, though the text is the same',
    ],
  },
  {
    rule: 'a variable is changed where it was declared',
    file: 'template-scope.ts',
    from: 'while (owner !== undefined && !owner.vars.has(name)) owner = owner.parent;',
    to: '',
    noticed: ['template-scope', 'the last item'],
  },
  {
    rule: 'what an if declares ends with it',
    file: 'template-scope.ts',
    from: 'evalIf.call(evaluator, node, inside(scope), context)',
    to: 'evalIf.call(evaluator, node, scope, context)',
    noticed: ['template-scope', 'a new variable in an if'],
  },
];

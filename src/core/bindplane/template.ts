import { createEngine, MissingFieldError, TypeMismatchError, type Template } from '@promptctl/go-template-js';
import { canonicalJson } from '../document/digest.ts';
import { LIMITS } from '../document/limits.ts';
import { isList, isMap, plain, type Json, type JsonMap } from '../document/node.ts';
import { parseYaml } from '../document/yaml.ts';
import { createMeter, metered, STEP_FUNCTION } from './template-meter.ts';
import { bindplaneFunctions } from './bindplane-functions.ts';
import { templateFunctions } from './template-functions.ts';
import { withGoVariables } from './template-scope.ts';
import { SECTION_CLASSES, type ResourceType, type SectionClass, type Signal } from './types.ts';

/** One component that a template made: its full id and body. */
export interface RenderedComponent {
  readonly id: string;
  readonly body: Json;
}

/** Components by signal and class, in pipeline order. */
export type Partials = Readonly<Record<Signal, Readonly<Record<SectionClass, readonly RenderedComponent[]>>>>;

/** What one evaluation of a type gives; `error` is a sentence without place. */
export type TypeRender = { readonly partials: Partials } | { readonly error: string };

/** A type whose templates are parsed. `render` is pure and throws nothing. */
export interface CompiledType {
  /** Templates that do not parse, a sentence each, with the section they stand in. */
  readonly problems: readonly string[];
  render(name: string, values: JsonMap): TypeRender;
}

/** Parsed templates by type: parsing costs more than rendering, and types live as long as their catalogue. */
const COMPILED = new WeakMap<ResourceType, CompiledType>();

/** The type ready to render; parsed once per ResourceType value. */
export function compileType(type: ResourceType): CompiledType {
  const known = COMPILED.get(type);
  if (known !== undefined) return known;
  const compiled = compile(type);
  COMPILED.set(type, compiled);
  return compiled;
}

/** `<type>/<name>`, or `<type>/<name>__<suffix>` for a template key `<type>/<suffix>` (reference/bindplane.md §2.1). */
export function componentId(component: string, name: string): string {
  const slash = component.indexOf('/');
  return slash < 0
    ? `${component}/${name}`
    : `${component.slice(0, slash)}/${name}__${component.slice(slash + 1)}`;
}

interface CompiledSection {
  readonly signals: readonly Signal[];
  readonly cls: SectionClass;
  readonly template: Template<string> | string;
}

function compile(type: ResourceType): CompiledType {
  const meter = createMeter();
  let current = '';
  const engine = withGoVariables(
    createEngine<string>({
      fromString: (text) => meter.text(text),
      missingKey: 'error',
      funcs: {
        ...templateFunctions(
          meter,
          bindplaneFunctions(type.parameters, (component) => componentId(component, current)),
        ),
        [STEP_FUNCTION]: {
          fn: () => {
            meter.step();
            return '';
          },
          argTypes: [],
        },
      },
    }),
  );
  const sections: CompiledSection[] = type.sections.flatMap(({ signals, templates }) =>
    SECTION_CLASSES.flatMap((cls) => {
      const source = templates[cls];
      return source === undefined
        ? []
        : [{ signals, cls, template: attempt(() => engine.parse(metered(checked(source)))) }];
    }),
  );
  const parsed = new Map<string, readonly JsonMap[] | string>();
  const broken = sections.flatMap(({ signals, cls, template }) =>
    typeof template === 'string' ? [`template: ${signals.join('+')}.${cls}: ${template}`] : [],
  );
  return {
    problems: broken,
    render: remembering(renderOnce),
  };

  function renderOnce(name: string, values: JsonMap): TypeRender {
    current = name;
    const scope = withoutPrototype(values);
    const lists = emptyLists();
    for (const section of sections) {
      const { template } = section;
      if (typeof template === 'string') return { error: template };
      meter.reset();
      const text = attempt(() => ({ text: template.evaluate(scope).join('') }));
      if (typeof text === 'string') return { error: text };
      const blocks = remembered(parsed, text.text);
      if (typeof blocks === 'string') return { error: blocks };
      for (const block of blocks) {
        for (const [key, body] of Object.entries(block)) {
          const component = { id: componentId(key, name), body };
          for (const signal of section.signals) lists[signal][section.cls].push(component);
        }
      }
    }
    return { partials: lists };
  }
}

/** A library item stands in many configurations, and gives the same each time: the last renders are kept. */
function remembering(render: CompiledType['render']): CompiledType['render'] {
  const renders = new Map<string, TypeRender>();
  return (name, values) => {
    const key = `${name}\n${canonicalJson(values)}`;
    const known = renders.get(key);
    if (known !== undefined) return known;
    if (renders.size >= LIMITS.template.rememberedTexts) renders.clear();
    const made = render(name, values);
    renders.set(key, made);
    return made;
  };
}

type MutablePartials = Record<Signal, Record<SectionClass, RenderedComponent[]>>;

function emptyLists(): MutablePartials {
  const empty = (): Record<SectionClass, RenderedComponent[]> => ({
    receivers: [],
    processors: [],
    connectors: [],
    exporters: [],
    extensions: [],
  });
  return { logs: empty(), metrics: empty(), traces: empty() };
}

/** What a paused item or an unknown type gives: nothing, on every signal. */
export function emptyPartials(): Partials {
  return emptyLists();
}

/** Blocks of a rendered text; the last texts are kept, since the renders that find provenance mostly repeat them. */
function remembered(
  known: Map<string, readonly JsonMap[] | string>,
  text: string,
): readonly JsonMap[] | string {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size >= LIMITS.template.rememberedTexts) known.clear();
  const blocks = parseBlocks(text);
  known.set(text, blocks);
  return blocks;
}

/** A rendered template is a YAML list of maps `component: body`; anything else is the type's mistake. */
function parseBlocks(text: string): readonly JsonMap[] | string {
  if (text.trim() === '') return [];
  const { documents, findings } = parseYaml('', text);
  const problem = findings.find(({ severity }) => severity === 'error');
  if (problem !== undefined) {
    return `the rendered text is no valid YAML (${problem.message}${problem.at === undefined ? '' : `, line ${problem.at.line} of it`})`;
  }
  const value = documents[0] === undefined ? null : plain(documents[0].root);
  if (value === null) return [];
  if (!isList(value)) return 'the rendered text is no list of components';
  const blocks = value.filter((item: Json) => item !== null);
  return blocks.every(isMap) ? blocks : 'the rendered text is no list of components';
}

/** Refuses what would take long before any counter sees it. */
function checked(source: string): string {
  if (source.length > LIMITS.template.sourceCharacters) {
    throw new Error(`the template is longer than ${LIMITS.template.sourceCharacters} characters`);
  }
  return source;
}

/** A copy that a template can neither change nor leave: maps have no prototype, so `.constructor` is a missing key (SEC-80). */
function withoutPrototype(value: Json): unknown {
  if (isList(value)) return value.map(withoutPrototype);
  if (!isMap(value)) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) copy[key] = withoutPrototype(item);
  return copy;
}

/** The result, or the first line of what went wrong. */
function attempt<T extends object>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof MissingFieldError) {
      return `parameter \`${error.path.join('.')}\` is not given and has no default`;
    }
    if (error instanceof TypeMismatchError) {
      return `its template cannot use ${error.receivedSummary} in \`${error.funcName}\``;
    }
    const message = error instanceof Error ? error.message : String(error);
    return error instanceof RangeError
      ? 'the template calls itself without end'
      : (message.split('\n')[0] ?? message);
  }
}

/** The five classes of components, by the name of their section in a config (core `otelcol/config.go`). */
export const COMPONENT_CLASSES = [
  'receivers',
  'processors',
  'exporters',
  'connectors',
  'extensions',
] as const;

export type ComponentClass = (typeof COMPONENT_CLASSES)[number];

/** `type` or `type/name`; `text` is how a config writes it, trimmed. */
interface ComponentId {
  readonly text: string;
  readonly type: string;
  readonly name?: string;
}

export type ParsedComponentId = { readonly id: ComponentId } | { readonly mistake: string };

const TYPE = /^[a-zA-Z][0-9a-zA-Z_]{0,62}$/;
const NAME = /^[^\p{Z}\p{C}\p{S}]+$/u;
const NAME_CHARACTERS = 1024;

/**
 * Reads a component id (grammar and words: core `component/identifiable.go`). Spaces around the id and around its two parts are
 * trimmed, as the collector does. A mistake is what the collector would say.
 */
export function parseComponentId(text: string): ParsedComponentId {
  const trimmed = text.trim();
  const slash = trimmed.indexOf('/');
  const type = (slash < 0 ? trimmed : trimmed.slice(0, slash)).trim();
  if (slash < 0) {
    if (trimmed === '') return { mistake: 'id must not be empty' };
    return TYPE.test(type) ? { id: { text: type, type } } : { mistake: badType(trimmed, type) };
  }
  const name = trimmed.slice(slash + 1).trim();
  if (type === '') return { mistake: `in ${goQuote(text)} id: the part before / should not be empty` };
  if (!TYPE.test(type)) return { mistake: badType(text, type) };
  if (name === '') return { mistake: `in ${goQuote(text)} id: the part after / should not be empty` };
  if (name.length > NAME_CHARACTERS || !NAME.test(name)) {
    return { mistake: `in ${goQuote(text)} id: invalid character(s) in name ${goQuote(name)}` };
  }
  return { id: { text: `${type}/${name}`, type, name } };
}

function badType(text: string, type: string): string {
  return `in ${goQuote(text)} id: invalid character(s) in type ${goQuote(type)}`;
}

/** The part of a component id before the slash, whatever its form. */
export function componentType(id: string): string {
  return (id.split('/', 1)[0] ?? '').trim();
}

/** `receiver` for `receivers`: the word the collector uses in its messages. */
export function classWord(componentClass: ComponentClass): string {
  return componentClass.slice(0, -1);
}

/** The class of which the collector speaks as `receiver`, `Receiver`, `receivers` …; undefined for other words. */
export function classOfWord(word: string): ComponentClass | undefined {
  const lower = word.toLowerCase();
  return COMPONENT_CLASSES.find((candidate) => candidate === lower || candidate === `${lower}s`);
}

/** A string as Go's `%q` prints it: quotes and backslashes escaped, line breaks as `\n`. */
export function goQuote(text: string): string {
  return `"${text
    .replace(/[\\"]/g, '\\$&')
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\t', String.raw`\t`)}"`;
}

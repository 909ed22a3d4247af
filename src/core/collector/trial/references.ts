import { isMap } from '../../document/node.ts';
import type { JsonMap } from '../../document/node.ts';
import { COMPONENT_CLASSES } from '../component-id.ts';
import type { Capabilities } from './capabilities.ts';
import { valueAt, textsIn } from './edit.ts';

/**
 * References that only ever give the value of an environment variable. A default is limited to characters that YAML reads as they are: the
 * collector reads it as YAML and expands what comes of it again, so that an escape could name a file (core `confmap/expand.go`,
 * `confmap/provider/envprovider`).
 */
const OF_ENVIRONMENT = /\$\{(?:env:)?([^:${}]*)(?::-([\w./:@, +-]*))?\}/g;
const NAMED = /\$\{(?:env:)?([A-Za-z_]\w*)(?::-([\w./:@, +-]*))?\}/g;
/** What may have to be escaped to hide a reference from a reader of the text: escapes, continued lines, tags (`!!binary`). */
const HIDING = /\\[xuU\r\n]|(?:^|[\s,[{:-])!(?!=)/m;

/** `$$` is a dollar sign that starts no reference. */
function withoutEscapes(text: string): string {
  return text.replaceAll('$$', '');
}

/**
 * References of a text to anything but the environment that this binary would follow: files, addresses, YAML. Those with a scheme that it is
 * known not to have stay: it refuses them itself.
 */
export function foreignReferences(text: string, { providers }: Pick<Capabilities, 'providers'>): string[] {
  const rest = withoutEscapes(text).replaceAll(
    OF_ENVIRONMENT,
    (whole: string, _name: string, fallback?: string) =>
      // Without `env:`, what stands before the colon is a scheme.
      fallback === undefined || whole.startsWith('${env:') ? '' : whole,
  );
  const found = rest.match(/\$\{[^}]*\}?/g) ?? [];
  return found.filter((reference) => {
    const scheme = /^\$\{([A-Za-z][\w+.-]*):[^${}]*\}$/.exec(reference)?.[1];
    return scheme === undefined || providers === undefined || providers.includes(scheme);
  });
}

/** Whether a collector reads a text as YAML without following anything but the environment. */
export function isTransparent(text: string, capabilities: Pick<Capabilities, 'providers'>): boolean {
  return !HIDING.test(text) && foreignReferences(text, capabilities).length === 0;
}

/** Environment variables that a text needs: those without a default. */
export function neededVariables(text: string): readonly string[] {
  return [...withoutEscapes(text).matchAll(NAMED)].flatMap(([, name = '', fallback]) =>
    fallback === undefined ? [name] : [],
  );
}

/** Places of a config that refer to more than the environment, with what they refer to. */
export function foreignPlaces(
  tree: JsonMap,
  capabilities: Pick<Capabilities, 'providers'>,
): readonly { readonly path: readonly string[]; readonly text: string; readonly reference: string }[] {
  return [...textsIn(tree)].flatMap(({ path, text }) => {
    const [reference] = foreignReferences(text, capabilities);
    return reference === undefined ? [] : [{ path, text, reference }];
  });
}

/** Whether what stands at a path is one value of a component, and no component, section or pipeline itself. */
export function isOneValue(tree: JsonMap, path: readonly string[]): boolean {
  const [section = ''] = path;
  const inComponent = COMPONENT_CLASSES.some((name) => name === section);
  if (inComponent) return path.length > 2 && isMap(valueAt(tree, path.slice(0, 2)));
  return section === 'service' && path[1] === 'telemetry' && path.length > 3;
}

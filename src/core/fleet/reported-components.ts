import { COMPONENT_CLASSES } from '../collector/component-id.ts';
import { LIMITS } from '../document/limits.ts';
import { isList, isMap } from '../document/node.ts';
import type { Json } from '../document/node.ts';
import type { Agent } from './agent.ts';

/**
 * The component types that an agent said it has (OpAMP AvailableComponents), by class, from lists of names as our own server answers them
 * and `collie agents` prints them. Classes that do not appear count as not reported. Undefined where nothing of it can be read. Never throws.
 */
export function reportedComponents(value: Json | undefined): Agent['components'] {
  if (!isMap(value)) return undefined;
  const classes = COMPONENT_CLASSES.flatMap((name): readonly (readonly [string, readonly string[]])[] => {
    const types = value[name];
    if (!isList(types)) return [];
    const known = types.flatMap((type) => (typeof type === 'string' ? [type] : []));
    return [[name, known.slice(0, LIMITS.opamp.componentsPerClass)]];
  });
  return classes.length === 0 ? undefined : Object.fromEntries(classes);
}

import { isList, isMap } from '../../document/node.ts';
import type { Json, JsonMap } from '../../document/node.ts';
import { isGiven, isThere } from './value-mistake.ts';
import type { ValueCheck, ValueMistake } from './value-mistake.ts';

/** contrib internal/coreinternal/attraction: what each action needs, found when the processor is made. */
export const actionValues: ValueCheck = {
  of: ['processors/attributes', 'processors/resource'],
  check: ({ body, type, signals }) => {
    const list = type === 'resource' ? 'attributes' : 'actions';
    const actions = body[list];
    if (typeof actions === 'string') return [];
    if (!isGiven(actions)) return [{ below: [list], under: [], why: `missing required field "${list}"` }];
    if (!isList(actions) || signals.length === 0) return [];
    const found = actions.flatMap((action: Json, index) => actionMistake(action, index, list));
    return found.slice(0, 1);
  },
};

const WRITES = ['insert', 'update', 'upsert'];
const REMOVES = ['delete', 'hash'];

function actionMistake(given: Json, index: number, list: string): readonly ValueMistake[] {
  if (!isMap(given)) return [];
  const { action, key } = given;
  const name = typeof action === 'string' ? action.toLowerCase() : '';
  if (name.includes('$') || isVariable(key)) return [];
  const mistake = (at: string, why: string): readonly ValueMistake[] => [
    { below: [list, String(index), at], under: [], why },
  ];
  if (!isGiven(key) && !(REMOVES.includes(name) && isGiven(given['pattern']))) {
    const fields = REMOVES.includes(name) ? '(at least one of "key" and "pattern" have to be used)' : '"key"';
    const why = `error creating AttrProc due to missing required field ${fields} at the ${index}-th action`;
    return mistake('key', why);
  }
  const [at, why] = misused(name, given) ?? [];
  if (at === undefined || why === undefined) return [];
  const subject = typeof key === 'string' ? key : '';
  return mistake(at, `error with key "${subject}" (${index}-th action): error creating AttrProc${why}`);
}

/** Where and why an action does not fit what stands beside it. */
function misused(name: string, given: JsonMap): readonly [at: string, why: string] | undefined {
  const sources = [
    isThere(given['value']),
    isGiven(given['from_attribute']),
    isGiven(given['from_context']),
  ].filter(Boolean).length;
  const unused = (key: string): readonly [string, string] | undefined =>
    isGiven(given[key])
      ? [key, `. Action "${name}" does not use the "${key}" field. This must not be specified`]
      : undefined;
  if (WRITES.includes(name)) {
    if (sources === 0 && !isThere(given['default_value'])) {
      return ['value', '. Either field "value", "from_attribute" or "from_context" must be specified'];
    }
    if (sources > 1) return ['value', ' due to multiple value sources being set'];
    return unused('pattern') ?? unused('converted_type');
  }
  if (REMOVES.includes(name)) {
    if (isThere(given['value']) || isGiven(given['from_attribute'])) {
      const why = `. Action "${name}" does not use "value" or "from_attribute" field. These must not be specified`;
      return ['action', why];
    }
    return unused('converted_type');
  }
  if (name === 'extract') {
    if (sources > 0) {
      return ['action', '. Action "extract" does not use a value source field. These must not be specified'];
    }
    return isGiven(given['pattern'])
      ? unused('converted_type')
      : ['pattern', ' due to missing required field "pattern" for action "extract"'];
  }
  return name === 'convert' ? converted(sources, given) : ['action', ` due to unsupported action "${name}"`];
}

function converted(sources: number, given: JsonMap): readonly [at: string, why: string] | undefined {
  if (sources > 0 || isGiven(given['pattern'])) {
    const why =
      '. Action "convert" does not use value sources or "pattern" field. These must not be specified';
    return ['action', why];
  }
  const type = given['converted_type'] ?? '';
  if (typeof type !== 'string' || type.includes('$')) return undefined;
  if (type === '') {
    return ['converted_type', ' due to missing required field "converted_type" for action "convert"'];
  }
  return ['string', 'int', 'double'].includes(type)
    ? undefined
    : ['converted_type', ` due to invalid value "${type}" in field "converted_type" for action "convert"`];
}

function isVariable(value: Json | undefined): boolean {
  return typeof value === 'string' && value.includes('$');
}

import { componentType } from '../../collector/component-id.ts';
import type { ComponentClass } from '../../collector/component-id.ts';
import { entriesOf, pick, textsOf } from '../traced.ts';
import type { Traced } from '../traced.ts';

/** A component that a pipeline or `service.extensions` names. `body` is absent where the config does not define it. */
export interface EnabledComponent {
  readonly id: string;
  readonly type: string;
  readonly body?: Traced;
}

type EnabledClass = Exclude<ComponentClass, 'connectors'>;

/** The components of a class that run, by id. The operator looks at no others (operator `internal/otelconfig`, GetEnabledComponents). */
export function enabledComponents(config: Traced, section: EnabledClass): readonly EnabledComponent[] {
  const ids =
    section === 'extensions'
      ? textsOf(config, 'service', 'extensions')
      : entriesOf(config, 'service', 'pipelines').flatMap(([, pipeline]) => textsOf(pipeline, section));
  return [...new Set(ids)].sort().map((id) => {
    const body = pick(config, section, id);
    return { id, type: componentType(id), ...(body === undefined ? {} : { body }) };
  });
}

import { isEmpty, pick, traced } from '../../traced.ts';
import { appendTo, setAt, underlay } from '../config-edits.ts';
import { emptyPipeline } from '../preset.ts';
import type { Preset } from '../preset.ts';

const PIPELINE = ['service', 'pipelines', 'profiles'] as const;

/** Profiles of all processes of a node, by eBPF. */
export const profiling: Preset = {
  name: 'profiling',
  since: '0.152.1',
  switches: [['enabled']],
  apply: (config, _context, origin) => {
    const fragment = { receivers: { profiling: {} }, exporters: { debug: {} } };
    const base = emptyPipeline('profiles', 'receivers', 'exporters');
    const made = appendTo(
      underlay(underlay(config, fragment, origin), base, origin),
      [...PIPELINE, 'receivers'],
      'profiling',
      origin,
    );
    return isEmpty(pick(made, ...PIPELINE, 'exporters'))
      ? setAt(made, [...PIPELINE, 'exporters'], traced(['debug'], origin))
      : made;
  },
  rules: () => [],
};

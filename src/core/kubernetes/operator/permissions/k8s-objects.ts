import { itemsOf, textOf } from '../../traced.ts';
import { allow } from '../permission.ts';
import type { Permission } from '../permission.ts';

const EVENTS = ['events', 'events.k8s.io'];

export const k8sObjects: Permission = {
  section: 'receivers',
  types: { k8sobjects: '0.110.0', k8s_objects: '0.157.0' },
  rules: (body) =>
    itemsOf(body, 'objects').map((object) => {
      const name = textOf(object, 'name') ?? '';
      const mode = textOf(object, 'mode');
      const pulls = mode === 'pull' && !EVENTS.includes(name);
      const verbs = pulls ? 'list get' : mode === 'watch' ? 'list watch' : 'list';
      return allow(textOf(object, 'group') ?? '', name, verbs);
    }),
};

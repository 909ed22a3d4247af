import { isEmpty, pick } from '../../traced.ts';
import { allow } from '../permission.ts';
import type { Permission } from '../permission.ts';

export const k8sObserver: Permission = {
  section: 'extensions',
  types: { k8s_observer: '0.131.0' },
  rules: (body) =>
    ['pods', 'services', 'nodes']
      .filter((what) => !isEmpty(pick(body, `observe_${what}`)))
      .map((what) => allow('', what, 'list watch')),
};

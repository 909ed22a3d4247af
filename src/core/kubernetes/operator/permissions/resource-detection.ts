import { textsOf } from '../../traced.ts';
import { allow, READ } from '../permission.ts';
import type { Permission } from '../permission.ts';

/** The detector `k8s_api`, the new name of `k8snode`, gets no rules from the operator up to 0.158.0. */
export const resourceDetection: Permission = {
  section: 'processors',
  types: { resourcedetection: '0.110.0', resource_detection: '0.157.0' },
  rules: (body) =>
    textsOf(body, 'detectors').flatMap((detector) => {
      if (detector === 'k8snode') return [allow('', 'nodes', 'get list')];
      return detector === 'openshift'
        ? [allow('config.openshift.io', 'infrastructures infrastructures/status', READ)]
        : [];
    }),
};

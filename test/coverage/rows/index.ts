import type { Rows } from '../row.ts';
import { bindplaneResources } from './bindplane-resources.ts';
import { bindplaneRollouts } from './bindplane-rollouts.ts';
import { gateways } from './gateways.ts';
import { kubeagent } from './kubeagent.ts';
import { opamp } from './opamp.ts';
import { operatorAndHelm } from './operator-and-helm.ts';

/** Everything that must be covered, and by what. */
export const ROWS: Rows = {
  ...bindplaneResources,
  ...bindplaneRollouts,
  ...operatorAndHelm,
  ...opamp,
  ...gateways,
  ...kubeagent,
};

import type { ControlPlaneMember } from './family.ts';

/** No server: plans are made from files alone and say so. */
export const none: ControlPlaneMember = {
  name: 'none',
  accepts: ({ url }) => url === undefined || url === '' || url === 'none',
  connect: () => undefined,
};

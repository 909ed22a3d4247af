import type { ControlPlane } from '../../ports/control-plane.ts';
import { bindplane } from './bindplane.ts';
import type { ControlPlaneMember, ControlPlaneSettings } from './family.ts';
import { none } from './none.ts';

/** Control planes Collie can work against; the first that accepts the settings is used. */
export const CONTROL_PLANES: readonly ControlPlaneMember[] = [none, bindplane];

/** The control plane for these settings, or undefined when none is given. Throws OperationError on an unusable URL. */
export function connectControlPlane(settings: ControlPlaneSettings): ControlPlane | undefined {
  return CONTROL_PLANES.find((member) => member.accepts(settings))?.connect(settings);
}

/** Settings from `BINDPLANE_*` variables (DESIGN §4.4); `url` wins over the variable. */
export function settingsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  clock: ControlPlaneSettings['clock'],
  url?: string,
): ControlPlaneSettings {
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const remote = url ?? text('BINDPLANE_REMOTE_URL');
  const apiKey = text('BINDPLANE_API_KEY');
  const username = text('BINDPLANE_USERNAME');
  const password = text('BINDPLANE_PASSWORD');
  const certificateAuthority = text('BINDPLANE_TLS_CA');
  return {
    clock,
    ...(remote === undefined ? {} : { url: remote }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
  };
}

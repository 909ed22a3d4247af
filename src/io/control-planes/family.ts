import type { Dispatcher } from 'undici';
import type { Clock } from '../../ports/clock.ts';
import type { ControlPlane } from '../../ports/control-plane.ts';

/** Where the control plane is and how to prove who asks. Secrets come from the environment or a file, never an argument. */
export interface ControlPlaneSettings {
  /** Undefined: plans are made from files alone. */
  readonly url?: string;
  readonly apiKey?: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM text of a private certificate authority. */
  readonly certificateAuthority?: string;
  readonly clock: Clock;
  /** Replaces the network in tests. */
  readonly dispatcher?: Dispatcher;
}

/** One kind of control plane. */
export interface ControlPlaneMember {
  readonly name: string;
  readonly accepts: (settings: ControlPlaneSettings) => boolean;
  /** Undefined: there is no server to ask. Makes no request. */
  readonly connect: (settings: ControlPlaneSettings) => ControlPlane | undefined;
}

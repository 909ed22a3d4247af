import { diffConfigs, withoutHeader } from '../core/diff/configs.ts';
import type { ConfigDiff } from '../core/diff/configs.ts';
import type { ConfigurationPlan, Plan } from '../core/plan/plan.ts';
import type { ControlPlane } from '../ports/control-plane.ts';

/** A configuration whose text on the server is not the reviewed one. Texts are as a server shows them: secrets masked. */
export interface GateDifference {
  readonly name: string;
  readonly reviewed: string;
  /** Undefined when the server does not have the configuration. */
  readonly server?: string;
  readonly diff: ConfigDiff;
}

/** Compares one configuration's reviewed render with the server's own; undefined when they are the same. Pure. */
function gateDifference(
  configuration: ConfigurationPlan,
  raw: string | undefined,
): GateDifference | undefined {
  const reviewed = configuration.after?.text ?? '';
  if (raw !== undefined && withoutHeader(raw) === withoutHeader(reviewed)) return undefined;
  return {
    name: configuration.name,
    reviewed,
    ...(raw === undefined ? {} : { server: raw }),
    diff: diffConfigs(reviewed, raw ?? ''),
  };
}

/**
 * Gate zero (DESIGN §4.2): after apply and before any rollout, the server's new text of every configuration that will be rolled out
 * is read back and must be the reviewed one. The header is left out, since it names the version.
 */
export async function gateZero(plan: Plan, controlPlane: ControlPlane): Promise<readonly GateDifference[]> {
  const rolled = plan.configurations.filter(({ rollout, delivery }) => rollout && delivery === undefined);
  const compared = await Promise.all(
    rolled.map(async (configuration) =>
      gateDifference(configuration, (await controlPlane.configuration(configuration.name, 'latest'))?.raw),
    ),
  );
  return compared.filter((difference) => difference !== undefined);
}

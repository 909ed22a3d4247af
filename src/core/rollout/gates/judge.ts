import { closest } from '../../document/closest.ts';
import type { GateSetting } from '../rollout.ts';
import type { Gate, GateContext, GateResult } from './gate.ts';
import { GATES } from './index.ts';

/** Settings of gates by their ids. */
export type GateSettings = Readonly<Record<string, GateSetting>>;

/**
 * What all gates say of a wave, in the order of the list; gates that are off or have nothing to say are left out. Pure: the
 * same context and settings give the same results. Settings that are mistakes count as absent; `settingMistakes` tells them.
 * What acts on the results looks at those that are not in `shadow`.
 */
export function judgeWave(context: GateContext, settings: GateSettings = {}): readonly GateResult[] {
  return GATES.flatMap((gate) => {
    const setting = own(settings, gate.id) ?? {};
    if (setting.off === true) return [];
    const judgement = gate.judge(context, valuesOf(gate, setting));
    if (judgement === undefined) return [];
    const { verdict, evidence, agents, action = gate.action, shadow = false } = judgement;
    return [
      {
        gate: gate.id,
        verdict,
        action: setting.action ?? action,
        shadow: shadow || (setting.shadow ?? gate.shadow),
        evidence,
        agents,
      },
    ];
  });
}

/** The numbers that a gate is run with: those of the policy where they are sound, its own for the rest. */
export function valuesOf(gate: Gate, setting: GateSetting): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(gate.settings).map(([name, known]) => {
      const given = own(setting.values ?? {}, name);
      return [
        name,
        given !== undefined && limitMistake(gate, name, given) === undefined ? given : known.value,
      ];
    }),
  );
}

/** What is wrong with settings of gates, one sentence each, in the order in which they are written. */
export function settingMistakes(settings: GateSettings): readonly string[] {
  return Object.entries(settings).flatMap(([id, setting]) => {
    const gate = GATES.find((candidate) => candidate.id === id);
    if (gate === undefined) {
      const ids = GATES.map((known) => known.id);
      return [unknown(`There is no gate \`${id}\``, id, ids)];
    }
    return Object.entries(setting.values ?? {}).flatMap(([name, value]) => {
      const mistake =
        own(gate.settings, name) === undefined
          ? unknown(`Gate \`${id}\` has no setting \`${name}\``, name, Object.keys(gate.settings))
          : limitMistake(gate, name, value);
      return mistake === undefined ? [] : [mistake];
    });
  });
}

function limitMistake(gate: Gate, name: string, value: number): string | undefined {
  const { minimum = -Infinity, maximum = Infinity } = own(gate.settings, name) ?? {};
  if (Number.isFinite(value) && value >= minimum && value <= maximum) return undefined;
  const upper = maximum === Infinity ? '' : ` and at most ${maximum}`;
  const lower = minimum === -Infinity ? 'a number' : `at least ${minimum}`;
  return `\`${name}\` of gate \`${gate.id}\` must be ${lower}${upper}, and is ${value}`;
}

function unknown(text: string, word: string, candidates: readonly string[]): string {
  const near = closest(word, candidates);
  if (near !== undefined) return `${text}; did you mean \`${near}\`?`;
  return candidates.length === 0
    ? `${text}.`
    : `${text}; there are ${candidates.map((name) => `\`${name}\``).join(', ')}.`;
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

import { LIMITS } from '../document/limits.ts';
import type { CatalogueData } from './catalogue-data.ts';

/**
 * Answers that a catalogue gave before, by the question as text: configs of a fleet are alike, and each is judged by several rules. Full
 * (`LIMITS.catalogue.verdicts`), it forgets all.
 */
export function rememberedVerdicts<T extends object | string>(): (
  data: CatalogueData,
  question: string,
  answer: () => T,
) => T {
  const memories = new WeakMap<CatalogueData, Map<string, T>>();
  return (data, question, answer) => {
    const memory = memories.get(data) ?? new Map<string, T>();
    memories.set(data, memory);
    const known = memory.get(question);
    if (known !== undefined) return known;
    if (memory.size >= LIMITS.catalogue.verdicts) memory.clear();
    const found = answer();
    memory.set(question, found);
    return found;
  };
}

import { distance } from 'fastest-levenshtein';
import { LIMITS } from './limits.ts';

/**
 * The candidate that `word` was probably meant to be, or undefined when none is near.
 * Near is at most a third of the longer word's length in edits (so `souces` finds `sources`, `ab` finds nothing far), case ignored;
 * ties go to the candidate listed first.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LIMITS.schema.suggestionCharacters) return undefined;
  const wanted = word.toLowerCase();
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates.slice(0, LIMITS.schema.suggestionCandidates)) {
    if (candidate.length > LIMITS.schema.suggestionCharacters || candidate === word) continue;
    const edits = distance(wanted, candidate.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (
      edits <= allowed &&
      edits < Math.min(word.length, candidate.length) &&
      edits < (best?.edits ?? Infinity)
    ) {
      best = { candidate, edits };
    }
  }
  return best?.candidate;
}

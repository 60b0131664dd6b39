/** "Did you mean": the nearest of some words, by Damerau-Levenshtein distance. */

/** Longer words are not compared: the work grows with the product of the lengths. */
const charactersMax = 64;

/** The candidate nearest to a misspelt word, or null where none is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word.length > charactersMax) return null;
  const written = word.toLowerCase();
  let best: { candidate: string; distance: number } | null = null;
  for (const candidate of candidates) {
    if (candidate.length > charactersMax) continue;
    const distance = editDistance(written, candidate.toLowerCase());
    // A third of the letters may differ; beyond that a guess misleads more than it helps.
    const allowed = Math.max(1, Math.floor(Math.max(written.length, candidate.length) / 3));
    if (distance <= allowed && (best === null || distance < best.distance)) best = { candidate, distance };
  }
  return best === null ? null : best.candidate;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export function editDistance(from: string, to: string): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let distance = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        distance = Math.min(distance, beforeLast[column - 2]! + 1);
      }
      current.push(distance);
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length]!;
}

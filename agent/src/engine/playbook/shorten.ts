/** What fits into a record. */
export const shorten = (reasons: readonly string[]): string[] =>
  reasons.slice(0, 32).map((reason) => reason.slice(0, 500));

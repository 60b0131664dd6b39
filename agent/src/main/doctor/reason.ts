/** What went wrong, in words for people and without a stack. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

import { reasonOf } from '../../ports.ts';

/** What went wrong, in one line that fits into a record. */
export const shortReason = (error: unknown): string => reasonOf(error).replaceAll(/\s+/g, ' ').slice(0, 500);

/** Time and the log come in through here, so that a test can hold the clock and read what was said. */
import type { Logger } from 'pino';

/** Wall time, ms since the epoch. */
export type Clock = () => number;

/** A structured log: fields first, then the message. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** A time as every shape of ours writes it: RFC 3339, UTC, milliseconds. */
export const timestampOf = (ms: number): string => new Date(ms).toISOString();

/** What an unknown thrown value says. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

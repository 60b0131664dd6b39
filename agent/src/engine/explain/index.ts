/**
 * Explain: why an incident was opened, named and answered as it was.
 *
 * Promises: every sentence comes from what was measured and recorded at the time, none is made up afterwards; alerts,
 * audit records and `tidegate-agent explain` say the same.
 */
export { detectedReasons } from './detected.ts';
export { explain } from './explain.ts';
export { Journal } from './journal.ts';
export type { JournalEntry, JournalRecord } from './journal.ts';
export { explanationText } from './text.ts';
export { rateText } from './words.ts';

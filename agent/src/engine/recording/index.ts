/**
 * Recordings: readings as lines of text and back. NDJSON: a header, then one window a line, and where an agent wrote it, a
 * last line that says how it ended. `docs/recordings.md` describes it for other programs.
 *
 * Promises: what is decoded is what was encoded, times to the nanosecond; a line that is wrong in any way is one
 * error, never a guess. Counters are matched by name, so a recording with other counters can still be read.
 *
 * ```ts
 * const reader = new RecordingReader('launch-day.ndjson');
 * for await (const chunk of file) for (const { reading, labels } of reader.push(chunk)) …
 * for (const { reading, labels } of reader.end()) …
 * ```
 */
export type { RecordingEnd, RecordingHeader } from '@tidegate/schemas';
export { recordedLine, recordedPieces, recordingHeader } from './encode.ts';
export type { RecordingOptions } from './encode.ts';
export { RecordingReader } from './reader.ts';
export type { RecordedWindow, WindowLabels } from './decode.ts';

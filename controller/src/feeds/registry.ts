/** Every feed format: one line each. */
import type { FeedFormat, FeedFormatName } from './format.ts';
import { abuseChCsv } from './formats/abuse-ch-csv.ts';
import { fireholNetset } from './formats/firehol-netset.ts';
import { plain } from './formats/plain.ts';
import { spamhausDrop } from './formats/spamhaus-drop.ts';

export const feedFormats: Readonly<Record<FeedFormatName, FeedFormat>> = {
  plain,
  'spamhaus-drop': spamhausDrop,
  'firehol-netset': fireholNetset,
  'abuse-ch-csv': abuseChCsv,
};

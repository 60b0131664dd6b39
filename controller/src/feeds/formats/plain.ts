/** An address or a prefix a line; `#` and `;` begin a comment anywhere. CINS, blocklist.de and most others. */
import type { FeedFormat } from '../format.ts';

export const plain: FeedFormat = {
  name: 'plain',
  open: () => (line, sink) => {
    const comment = line.search(/[#;]/);
    const text = (comment < 0 ? line : line.slice(0, comment)).trim();
    if (text !== '') sink.entry(text);
  },
};

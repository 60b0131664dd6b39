/** A link that loses every other packet, by chance: what a BGP session has to live with during an attack. */
import type { Lab } from '../netns.ts';

const table = `table inet lossy {
  chain in {
    type filter hook input priority 0;
    tcp dport { 1790, 1791 } numgen random mod 2 == 0 drop
    tcp sport { 1790, 1791 } numgen random mod 2 == 0 drop
  }
}`;

/** Of the two speakers of a namespace, both ways. Returns what ends it. */
export function loseHalf({ run }: Lab, namespace: string): () => void {
  run(namespace, 'nft', table);
  return () => {
    run(namespace, 'nft', 'delete table inet lossy');
  };
}

/** Counts the generator's packets that get past XDP and past our nftables rules, which the probe stands in front of. */
import type { Lab } from '../netns.ts';
import { attackMac } from '../traffic/index.ts';

export interface Witness {
  /** Since it was opened. */
  passed(): number;
}

/** The witness is a table of its own in the victim's namespace, a stranger to the agent; it goes with the namespace. */
export function openWitness({ run, namespaces: { victim } }: Lab): Witness {
  const statements = [
    'add table inet witness',
    'add counter inet witness passed',
    'add chain inet witness in { type filter hook prerouting priority 100; policy accept; }',
    `add rule inet witness in ether saddr ${attackMac} counter name passed`,
  ];
  run(victim, 'nft', statements.join('; '));
  return {
    passed: () => {
      const { nftables } = JSON.parse(
        run(victim, 'nft', '-j', 'list', 'counter', 'inet', 'witness', 'passed'),
      ) as { nftables: readonly { readonly counter?: { readonly packets: number } }[] };
      const packets = nftables.find(({ counter }) => counter !== undefined)?.counter?.packets;
      if (packets === undefined) throw new Error('the witness is gone');
      return packets;
    },
  };
}

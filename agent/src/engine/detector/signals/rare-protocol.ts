/** ICMP, fragments and protocols beside TCP and UDP: next to nothing of what a server gets, unless it is a tunnel's end. */
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

const kinds = [
  { name: 'ICMP', counter: 'icmpPackets', ratio: 'icmpShare' },
  { name: 'fragments', counter: 'fragments', ratio: 'fragmentShare' },
  { name: 'protocols beside TCP, UDP and ICMP', counter: 'otherPackets', ratio: 'otherShare' },
] as const;

export const rareProtocol: Signal = {
  name: 'rare-protocol',
  group: 'protocol',
  judge(picture) {
    const findings = kinds.map(({ name, counter, ratio }) => {
      const value = picture.share(counter);
      const usual = picture.usualRatio(ratio);
      const [none, full] = [Math.max(0.2, 1.5 * (usual ?? 0)), Math.max(0.5, 3 * (usual ?? 0))];
      const score = ramp(value, Math.min(none, 0.95), Math.min(full, 1));
      const before = usual === null ? '' : `, usually ${percent(usual)} of all`;
      return { score, value, usual, reason: () => `${name} are ${percent(value)} of the excess${before}` };
    });
    return findings.sort((a, b) => b.score - a.score || b.value - a.value)[0]!;
  },
};

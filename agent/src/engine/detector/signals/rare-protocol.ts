/**
 * ICMP, fragments and protocols beside TCP and UDP: next to nothing of what a server gets, unless it is a tunnel's end.
 * Fragments of long answers that were asked for are left alone, and so is a tunnel that goes both ways; an echo request
 * is answered by itself, so an answer says nothing of ICMP.
 */
import type { VolumeName } from '../../metrics.ts';
import type { Picture } from '../picture.ts';
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

const kinds = [
  {
    name: 'ICMP',
    counter: 'icmpPackets',
    ratio: 'icmpShare',
    volume: 'icmp',
    answersItself: true,
    isTunnel: false,
  },
  {
    name: 'fragments',
    counter: 'fragments',
    ratio: 'fragmentShare',
    volume: 'fragments',
    answersItself: false,
    isTunnel: false,
  },
  {
    name: 'protocols beside TCP, UDP and ICMP',
    counter: 'otherPackets',
    ratio: 'otherShare',
    volume: 'other',
    answersItself: false,
    isTunnel: true,
  },
] as const;
/** What is so much of all every day is nothing rare here. */
const ordinaryMin = 0.25;
/** What comes every day comes in bursts as well: it is rare only so many times above what one second in a thousand brings. */
const everyDayMin = 0.02;
const aboveBurstsNone = 2;
const aboveBurstsFull = 3.2;
/** Before anything is known, a site may be nothing but a tunnel. */
const unknownTunnel = 0.45;

export const rareProtocol: Signal = {
  name: 'rare-protocol',
  group: 'protocol',
  judge(picture) {
    const findings = kinds.map(({ name, counter, ratio, volume, answersItself, isTunnel }) => {
      const value = picture.share(counter);
      const usual = picture.usualRatio(ratio);
      const [none, full] = [Math.max(0.2, 1.5 * (usual ?? 0)), Math.max(0.5, 3 * (usual ?? 0))];
      const isOrdinary = (usual ?? 0) >= ordinaryMin;
      const isAnswered = !answersItself && picture.isAnswered;
      const strange = ramp(value, Math.min(none, 0.9), Math.min(full, 1));
      const certainty = isTunnel && usual === null ? unknownTunnel : 1;
      const score = isAnswered || isOrdinary ? 0 : strange * certainty * beyondBursts(picture, volume, usual);
      const before = usual === null ? '' : `, usually ${percent(usual)} of all`;
      // Without a view of what goes out, a tunnel or long answers may be what both sides want.
      const isWeak = !answersItself && picture.answered === null;
      return {
        score,
        value,
        usual,
        isWeak,
        reason: () => `${name} are ${percent(value)} of the excess${before}`,
      };
    });
    return findings.sort((a, b) => b.score - a.score || b.value - a.value)[0]!;
  },
};

/** Whether it is more than the bursts of what comes every day, 0 to 1. */
function beyondBursts(picture: Picture, volume: VolumeName, usualShare: number | null): number {
  const high = usualShare === null || usualShare < everyDayMin ? 0 : picture.highOf(volume);
  return high === 0 ? 1 : ramp(picture.lastSecond(volume) / high, aboveBurstsNone, aboveBurstsFull);
}

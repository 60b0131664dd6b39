/**
 * Flags that no state of TCP sends: none at all, SYN with FIN or RST, FIN with RST, or FIN with PSH and URG but without
 * ACK (Christmas tree). No client sends any of them, so that the rule is the nonsense itself.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import { tcpFlag } from '../../packet/index.ts';
import type { AnswerOptions } from '../answer.ts';
import { answerOf } from '../answer.ts';
import { weigh } from '../family.ts';
import type { Family } from '../family.ts';
import { narrow } from '../narrow.ts';
import { commonest, excessShare, jumpSignal, massSignal, samplesSignal } from '../signals.ts';
import type { Scene, Members } from '../scene.ts';
import { spoofingOf } from '../spoofing.ts';
import { isKind, tcpFlags } from '../tcp.ts';

const title = 'TCP packets with impossible flags';
const isInvalid = isKind('invalid');
const { fin, syn, rst, ack } = tcpFlag;

/** Every mixture that no state of TCP sends; together they are all that is called invalid. */
const nonsense = [
  { mask: syn | fin, value: syn | fin },
  { mask: syn | rst, value: syn | rst },
  { mask: fin | rst, value: fin | rst },
  { mask: fin | syn | rst | ack, value: 0 },
  { mask: fin | syn | rst | ack, value: fin },
];
const allFlags = 0x3f;
const oneShareMin = 0.97;
const partShareMin = 0.005;

/** The flags of the flood, one rule for each mixture. */
function rulesOf(scene: Scene, { now }: Members): readonly [TrafficMatch, ...TrafficMatch[]] {
  const { destination } = scene;
  const one = commonest(now.seen, ({ packet }) => packet.tcpFlags! & allFlags);
  if (one !== null && one.share >= oneShareMin)
    return [{ destination, ...tcpFlags(allFlags, Number(one.value)) }];
  const shares = nonsense
    .map(({ mask, value }) => ({
      rule: { destination, ...tcpFlags(mask, value) },
      share: excessShare(now.seen, ({ packet }) => (packet.tcpFlags! & mask) === value),
    }))
    .filter(({ share }) => share >= partShareMin)
    .sort((a, b) => b.share - a.share);
  const [first, ...others] = shares.map(({ rule }) => rule);
  return [first ?? { destination, ...tcpFlags(allFlags, 0) }, ...others];
}

export const tcpInvalidFlags: Family = {
  name: 'tcp_invalid_flags',
  counter: 'tcpInvalid',
  isMember: isInvalid,
  judge(scene, members) {
    const mass = massSignal(scene, title, members.now);
    if (mass.factor === 0) return null;
    const { likelihood } = spoofingOf(members.now, members.quiet);
    const [base, ...companions] = rulesOf(scene, members);
    const options: AnswerOptions = {
      base,
      spoofed: likelihood,
      companions,
      isMember: isInvalid,
      // With several rules the first one covers only a part, so that nothing can be measured on it.
      ...(companions.length > 0 && {
        narrowing: () => narrow(scene, { base, now: members.quiet, quiet: members.quiet }),
      }),
    };
    const { why, ...answer } = answerOf(scene, members, options);
    const { confidence, reasons } = weigh([
      mass,
      { factor: 0.97, reason: 'no state of TCP sends such flags' },
      jumpSignal(scene, title, members),
      samplesSignal(members.now),
    ]);
    return { confidence, reasons: [...reasons, ...why], spoofed: likelihood, ...answer };
  },
};

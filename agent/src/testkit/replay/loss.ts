/** What a rule would have cost legitimate users, by the labels of a recording's samples. */
import type { TrafficMatch } from '@tidegate/schemas';
import { readRecording } from '../../capture/replay/index.ts';
import { compileMatch, parsePacket, tcpFlag } from '../../engine/packet/index.ts';
import type { Packet } from '../../engine/packet/index.ts';

export interface LossQuestion {
  readonly target: string;
  /** The rule in force; null for none. */
  readonly match: TrafficMatch | null;
  /** Since the start of the recording, ms. */
  readonly fromMs: number;
  readonly untilMs: number;
}

const kinds: Record<'ping' | 'tcp', (packet: Packet) => boolean> = {
  ping: ({ protocol }) => protocol === 1 || protocol === 58,
  tcp: ({ protocol, tcpFlags }) =>
    protocol === 6 && ((tcpFlags ?? 0) & (tcpFlag.syn | tcpFlag.ack)) === tcpFlag.syn,
};

/** Shares, 0 to 1, of legitimate pings and new connections that the rule hits; null where the recording has none. */
export function recordedLoss(
  path: string,
  question: LossQuestion,
): { ping: number | null; tcp: number | null } {
  const { target, match, fromMs, untilMs } = question;
  const matcher = match === null ? null : compileMatch(match);
  const tally = { ping: { all: 0, hit: 0 }, tcp: { all: 0, hit: 0 } };
  for (const { reading } of readRecording(path).windows) {
    for (const sample of reading.samples) {
      if (sample.target !== target || sample.label !== 'legitimate') continue;
      if (sample.atNs < fromMs * 1e6 || sample.atNs >= untilMs * 1e6) continue;
      const packet = parsePacket(sample.data);
      if (packet === null) continue;
      for (const kind of ['ping', 'tcp'] as const) {
        if (!kinds[kind](packet)) continue;
        tally[kind].all += sample.rate;
        if (matcher?.(packet, sample.length) === true) tally[kind].hit += sample.rate;
      }
    }
  }
  const share = ({ all, hit }: { all: number; hit: number }): number | null => (all === 0 ? null : hit / all);
  return { ping: share(tally.ping), tcp: share(tally.tcp) };
}

/**
 * Ports as no clients choose them: many senders with the same source port (clients draw theirs at random, RFC 6056; what
 * answers from one port is a service, and nobody asked), or packets for every port of the target at once.
 */
import { excessShares, shareOfExcess } from '../picture.ts';
import type { Picture } from '../picture.ts';
import type { SampleSet } from '../sample-set.ts';
import { percent, ramp } from './signal.ts';
import type { Judgement, Signal } from './signal.ts';

const samplesMin = 25;
const quietMin = 40;
const sourcesMin = 12;
/** Answers that go out, for each packet of the excess: from here on what comes are answers that were asked for. */
const answeredMin = 0.3;

export const portConcentration: Signal = {
  name: 'port-concentration',
  group: 'ports',
  readsSamples: true,
  judge(picture) {
    const { samples, quiet, excessShare, isBulk, answered } = picture;
    if (samples.effective * excessShare < samplesMin || quiet.size < quietMin) return null;
    if (isBulk) return { score: 0, value: 0, usual: null, reason: () => 'a few flows, as a transfer has' };
    const isAsked = (answered ?? 0) >= answeredMin;
    const from = oneSourcePort(picture, isAsked);
    const to = everyPort(picture);
    return from.score >= to.score ? from : to;
  },
};

function oneSourcePort(picture: Picture, isAsked: boolean): Judgement {
  const { samples, quiet } = picture;
  const shares = excessShares(picture, ({ sourcePort }) => sourcePort);
  const before = quiet.shares(({ sourcePort }) => sourcePort);
  let [port, value, usual] = [0, 0, 0];
  for (const [candidate, share] of shares) {
    if (share <= value) continue;
    [port, value, usual] = [candidate, share, before.get(candidate) ?? 0];
  }
  const senders = new Set(samples.all.filter(({ sourcePort }) => sourcePort === port).map(({ source }) => source)).size;
  const score = isAsked || senders < sourcesMin ? 0 : ramp(value - usual, 0.4, 0.75);
  const reason = (): string =>
    `source port ${port} sends ${percent(value)} of the excess, usually ${percent(usual)} of all, from ${senders} sampled sources`;
  return { score, value, usual, reason };
}

/** How often a destination port comes only once among the samples: next to never where there are services. */
function everyPort(picture: Picture): Judgement {
  const usual = singles(picture.quiet);
  const value = shareOfExcess(picture, singles(picture.samples), usual);
  const reason = (): string => `${percent(value)} of the excess goes to a port of its own, usually ${percent(usual)}`;
  return { score: ramp(value - usual, 0.5, 0.85), value, usual, reason };
}

function singles(samples: SampleSet): number {
  const counts = new Map<number, number>();
  for (const { destinationPort } of samples.all)
    if (destinationPort !== null) counts.set(destinationPort, (counts.get(destinationPort) ?? 0) + 1);
  return samples.share(({ destinationPort }) => destinationPort !== null && counts.get(destinationPort) === 1);
}

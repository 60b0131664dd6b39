/**
 * Ports as no clients choose them: many senders with the same few source ports (clients draw theirs at random, RFC 6056; what
 * answers from one is a service, and nobody asked), or packets for every port of the target at once.
 */
import { excessShares, shareOfExcess } from '../picture.ts';
import type { Picture } from '../picture.ts';
import type { SampleSet } from '../sample-set.ts';
import { percent, ramp } from './signal.ts';
import type { Judgement, Signal } from './signal.ts';

const samplesMin = 25;
const quietMin = 40;
const sourcesMin = 12;
/** Reflectors answer from a service's port, or from a few; none that carries less than this counts. */
const portsMax = 4;
const portShareMin = 0.08;

export const portConcentration: Signal = {
  name: 'port-concentration',
  group: 'ports',
  readsSamples: true,
  judge(picture) {
    const { samples, quiet, excessShare, isBulk } = picture;
    if (samples.effective * excessShare < samplesMin || quiet.size < quietMin) return null;
    if (isBulk) return { score: 0, value: 0, usual: null, reason: () => 'a few flows, as a transfer has' };
    if (picture.isAnswered)
      return { score: 0, value: 0, usual: null, reason: () => 'what comes are answers, or is answered' };
    const from = fewSourcePorts(picture);
    const to = everyPort(picture);
    // Without a view of what goes out, many answers that were asked for look like reflections.
    return { ...(from.score >= to.score ? from : to), isWeak: picture.answered === null };
  },
};

function fewSourcePorts(picture: Picture): Judgement {
  const { samples, quiet } = picture;
  const before = quiet.shares(({ sourcePort }) => sourcePort);
  const ports = [...excessShares(picture, ({ sourcePort }) => sourcePort)]
    .filter(([, share]) => share >= portShareMin)
    .sort((a, b) => b[1] - a[1])
    .slice(0, portsMax);
  const value = Math.min(
    1,
    ports.reduce((sum, [, share]) => sum + share, 0),
  );
  const usual = ports.reduce((sum, [port]) => sum + (before.get(port) ?? 0), 0);
  const numbers = new Set(ports.map(([port]) => port));
  const isOf = (port: number | null): boolean => port !== null && numbers.has(port);
  const senders = new Set(
    samples.all.filter(({ sourcePort }) => isOf(sourcePort)).map(({ source }) => source),
  );
  const score = senders.size < sourcesMin ? 0 : ramp(value - usual, 0.4, 0.75);
  const reason = (): string =>
    `${percent(value)} of the excess comes from source ports ${[...numbers].join(', ')}, usually ${percent(usual)} of all, ` +
    `and from ${senders.size} sampled sources`;
  return { score, value, usual, reason };
}

/** How often a destination port comes only once among the samples: next to never where there are services. */
function everyPort(picture: Picture): Judgement {
  const usual = singles(picture.quiet);
  const value = shareOfExcess(picture, singles(picture.samples), usual);
  const reason = (): string =>
    `${percent(value)} of the excess goes to a port of its own, usually ${percent(usual)}`;
  return { score: ramp(value - usual, 0.5, 0.85), value, usual, reason };
}

function singles(samples: SampleSet): number {
  const counts = new Map<number, number>();
  for (const { destinationPort } of samples.all)
    if (destinationPort !== null) counts.set(destinationPort, (counts.get(destinationPort) ?? 0) + 1);
  return samples.share(
    ({ destinationPort }) => destinationPort !== null && counts.get(destinationPort) === 1,
  );
}

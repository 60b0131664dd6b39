/**
 * DNS query flood: questions to a name server, often for names that do not exist, so that no cache helps (water torture):
 * the first label is drawn at random for each, below the same zone. Clients of a name server ask for few names.
 */
import { dnsPort, ipProtocol, isDnsQuery, payloadOf, questionName } from '../../packet/index.ts';
import { flood } from '../flood.ts';
import { sameLengthMark, spoofMark } from '../marks.ts';
import type { Members } from '../scene.ts';
import { effectiveCount, marksSignal, ramp } from '../signals.ts';
import type { Mark } from '../signals.ts';
import type { Seen } from '../traffic.ts';

const isMember = ({ packet }: Seen): boolean => isDnsQuery(packet);
const nameOf = ({ packet }: Seen): string => questionName(payloadOf(packet));

const samplesMin = 20;
/** Names that the clients of a server ask for where nothing is known of them, and where they are few. */
const manyNames = 10;
const fewNames = 4;

/** Effective numbers of names and of zones. */
interface Names {
  readonly samples: number;
  readonly names: number;
  readonly zones: number;
}

function namesOf(seen: readonly Seen[]): Names {
  const asked = new Map(seen.map((one) => [one.packet, nameOf(one)]));
  const ofPacket = ({ packet }: Seen): string => asked.get(packet) ?? '';
  const zoneOf = (one: Seen): string => ofPacket(one).split('.').slice(1).join('.');
  return {
    samples: seen.length,
    names: effectiveCount(seen, ofPacket),
    zones: effectiveCount(seen, zoneOf),
  };
}

/** As many of them as the others are, spread evenly: among a few samples hardly any name comes twice, whoever asks. */
function asManyAs(seen: readonly Seen[], count: number): readonly Seen[] {
  if (count < samplesMin || seen.length <= count) return seen;
  return Array.from({ length: count }, (_, index) => seen[Math.floor((index * seen.length) / count)]!);
}

/** Names that are never asked for twice, in very few zones. */
function randomNamesMark(now: Names, members: Members): Mark {
  const spread = ({ samples, names }: Names): number => (samples < samplesMin ? 0 : names / samples);
  const [present, before] = [members.now.seen, members.quiet.seen];
  const rise =
    spread(namesOf(asManyAs(present, before.length))) - spread(namesOf(asManyAs(before, present.length)));
  return {
    strength: 0.95 * ramp(rise, 0.1, 0.4) * ramp(now.zones, now.samples / 4, now.samples / 10),
    reason: `nearly every one asks for a name of its own, in ${now.zones.toFixed(0)} zones`,
  };
}

/** One name, again and again: an attacker who wants a long answer, or nobody's cache. */
function oneNameMark(now: Names, quiet: Names): Mark {
  const usual = quiet.samples < samplesMin ? manyNames : quiet.names;
  return {
    strength: usual > fewNames ? 0.7 * ramp(now.names, 3, 1.3) : 0,
    reason: `they ask for ${now.names.toFixed(0)} names again and again`,
  };
}

/** Who has never been a name server is not asked by clients. */
function noServerMark({ quiet }: Members, quietSamples: number): Mark {
  const isKnown = quietSamples >= 100;
  return {
    strength: isKnown && quiet.seen.length === 0 ? 0.8 : 0,
    reason: 'nobody asked this host for a name before',
  };
}

export const dnsQueryFlood = flood({
  name: 'dns_query_flood',
  title: 'DNS queries',
  counter: 'udpPackets',
  isMember,
  conditions: () => ({ protocol: ipProtocol.udp, destinationPorts: [{ from: dnsPort, to: dnsPort }] }),
  signals: (scene, members, spoofing) => {
    const [now, quiet] = [namesOf(members.now.seen), namesOf(members.quiet.seen)];
    const marks = [
      spoofMark(spoofing),
      randomNamesMark(now, members),
      oneNameMark(now, quiet),
      noServerMark(members, scene.quiet.seen.length),
      sameLengthMark(members, 0.5),
    ];
    return [marksSignal(marks, 0.5)];
  },
});

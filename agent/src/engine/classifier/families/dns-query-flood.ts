/**
 * DNS query flood: questions to a name server, often for names that do not exist, so that no cache helps (water torture):
 * the first label is drawn at random for each, below the same zone. Clients of a name server ask for few names.
 */
import { dnsPort, dnsQueryName, ipProtocol } from '../../packet/index.ts';
import { flood } from '../flood.ts';
import { sameLengthMark, spoofMark } from '../marks.ts';
import type { Members } from '../scene.ts';
import { effectiveCount, marksSignal, ramp } from '../signals.ts';
import type { Mark } from '../signals.ts';
import type { Seen } from '../traffic.ts';

const isQuery = ({ packet }: Seen): boolean => dnsQueryName(packet) !== null;
const nameOf = ({ packet }: Seen): string => dnsQueryName(packet) ?? '';
const zoneOf = (seen: Seen): string => nameOf(seen).split('.').slice(1).join('.');

const samplesMin = 20;

/** Names that are never asked for twice, in very few zones. */
function randomNamesMark({ now, quiet }: Members): Mark {
  const spread = (seen: readonly Seen[]): number =>
    seen.length < samplesMin ? 0 : effectiveCount(seen, nameOf) / seen.length;
  const zones = effectiveCount(now.seen, zoneOf);
  const unusual = spread(now.seen) - spread(quiet.seen);
  return {
    strength: 0.95 * ramp(unusual, 0.1, 0.4) * ramp(zones, now.seen.length / 4, now.seen.length / 10),
    reason: `nearly every one asks for a name of its own, in ${zones.toFixed(0)} zones`,
  };
}

/** One name, again and again: an attacker who wants a long answer, or nobody's cache. */
function oneNameMark({ now, quiet }: Members): Mark {
  const names = effectiveCount(now.seen, nameOf);
  const usual = quiet.seen.length < samplesMin ? 10 : effectiveCount(quiet.seen, nameOf);
  return {
    strength: usual > 4 ? 0.7 * ramp(names, 3, 1.3) : 0,
    reason: `they ask for ${names.toFixed(0)} names again and again`,
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
  isMember: isQuery,
  conditions: () => ({ protocol: ipProtocol.udp, destinationPorts: [{ from: dnsPort, to: dnsPort }] }),
  signals: (scene, members, spoofing) => [
    marksSignal(
      [
        spoofMark(spoofing),
        randomNamesMark(members),
        oneNameMark(members),
        noServerMark(members, scene.quiet.seen.length),
        sameLengthMark(members, 0.5),
      ],
      0.5,
    ),
  ],
});

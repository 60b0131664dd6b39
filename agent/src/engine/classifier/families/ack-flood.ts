/**
 * ACK flood: acknowledgements of nothing. Clients acknowledge within connections that began with a request, so that a
 * crowd brings requests along, and a transfer comes from few senders; a flood does neither, and the host answers with
 * resets, as it knows of no such connection.
 */
import { tcpFlag } from '../../packet/index.ts';
import { counter } from '../../types.ts';
import { flood } from '../flood.ts';
import {
  resetMark,
  sameLengthMark,
  sameSourcePortMark,
  sameWindowMark,
  signalMark,
  spoofMark,
} from '../marks.ts';
import type { Members, Scene } from '../scene.ts';
import {
  commonest,
  effectiveCount,
  excessShare,
  marksSignal,
  ramp,
  sendersSignal,
  sourceKey,
  times,
} from '../signals.ts';
import type { Mark, Signal } from '../signals.ts';
import { strangersMark } from '../strangers.ts';
import { isKind, onPortsOf, perEach, tcpFlags } from '../tcp.ts';

const isAck = isKind('ack');

/**
 * A session of a browser takes some ten packets from the client for each request, a long download hundreds; connections
 * that this host opened begin with the answer to its own request.
 */
const perStart = (scene: Scene): number => {
  const isOnPort = onPortsOf(scene, isAck);
  const isRequest = isKind('syn');
  return perEach(scene, isAck, (seen) => isKind('syn_ack')(seen) || (isRequest(seen) && isOnPort(seen)));
};

function sessionsSignal(perRequest: number): Signal {
  return {
    factor: 0.4 + 0.6 * ramp(perRequest, 10, 60),
    reason: `${times(perRequest)} of them for each connection that began`,
  };
}

/** A flood's sources were never seen before; those that stay connected were. */
function newSourcesMark({ counts }: Scene): Mark {
  const sampled = counts[counter.sourcesSampled]!;
  const share = sampled === 0 ? 0 : counts[counter.sourcesNew]! / sampled;
  return {
    strength: sampled < 100 ? 0 : 0.2 * ramp(share, 0.3, 0.6),
    reason: `${(share * 100).toFixed(0)} % of the packets come from sources never seen before`,
  };
}

/** A transfer goes to one port, whatever it comes from; so do the connections of a proxy. */
const portsOfTransfer = 8;

/** Hosts draw the ports of their connections each for itself: several with the same one are one program. */
const samePortShareMin = 0.95;

function transferSignal({ now }: Members): Signal {
  const port = commonest(now.seen, ({ packet }) => packet.sourcePort);
  if (port !== null && port.share >= samePortShareMin && Number(port.value) >= servicePortsEnd) {
    const senders = effectiveCount(now.seen, sourceKey);
    if (senders >= 2) return { factor: 1, reason: `${senders.toFixed(0)} senders and more with one port` };
  }
  const ports = effectiveCount(now.seen, ({ packet }) => packet.destinationPort ?? -1);
  const isSpread = ports >= portsOfTransfer;
  return isSpread
    ? { factor: 1, reason: `to ports as diverse as ${ports.toFixed(0)} equal ones` }
    : sendersSignal(now);
}

const quietSamplesMin = 100;
/** What servers send to a host that asked them comes from such ports, and goes to any. */
const servicePortsEnd = 1024;

/** Connections need a port that listens; none that was used before is rarely one. */
function closedPortMark({ quiet }: Scene, { now }: Members, perRequest: number): Mark {
  const sure = 0.2 + 0.5 * ramp(perRequest, 50, 150);
  const used = new Set(quiet.seen.map(({ packet }) => packet.destinationPort));
  const unused = excessShare(
    now.seen,
    ({ packet }) => !used.has(packet.destinationPort) && (packet.sourcePort ?? 0) >= servicePortsEnd,
  );
  return {
    strength: quiet.seen.length < quietSamplesMin ? 0 : sure * ramp(unused, 0.8, 0.95),
    reason: 'they go to ports that nothing used before, and no connection began there',
  };
}

export const ackFlood = flood({
  name: 'ack_flood',
  title: 'acknowledgements',
  counter: 'tcpAck',
  isMember: isAck,
  conditions: () => tcpFlags(tcpFlag.syn | tcpFlag.ack | tcpFlag.rst | tcpFlag.fin, tcpFlag.ack),
  signals(scene, members, spoofing) {
    const perRequest = perStart(scene);
    return [
      sessionsSignal(perRequest),
      transferSignal(members),
      marksSignal(
        [
          spoofMark(spoofing),
          resetMark(scene, scene.counts[counter.tcpAck]!),
          sameLengthMark(members, 0.7),
          sameWindowMark(members),
          sameSourcePortMark(members),
          closedPortMark(scene, members, perRequest),
          newSourcesMark(scene),
          strangersMark(scene, members, perRequest),
          signalMark(scene, 'tcp-completion', 0.6),
          signalMark(scene, 'unanswered', 0.6),
        ],
        0.35,
      ),
    ];
  },
});

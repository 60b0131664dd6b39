/** A pair of namespaces whose receiving end is watched by XDP: what capture and rules are tried on. */
import { execFileSync } from 'node:child_process';
import { openXdpSource, type XdpSource, type XdpSourceOptions } from '../capture/xdp/index.ts';
import { buildUdp } from '../engine/packet/index.ts';
import { counter } from '../engine/types.ts';
import { createPair, inNamespace, type Pair } from './frames/index.ts';
import { testRun } from './test-run.ts';

export interface XdpBed {
  readonly pair: Pair;
  /** Below it lie the pins. */
  readonly instance: string;
  /** What `open` takes where nothing else is said. */
  readonly options: XdpSourceOptions;
  open(changes?: Partial<XdpSourceOptions>): XdpSource;
  /** Lets the program of a source see IP packets; returns its verdicts. */
  see(source: XdpSource, packets: readonly Uint8Array[], frame?: FrameOptions): number[];
  /** A datagram from the sending end. `sourcePort` is 4000 where nothing else is said. */
  udpTo(destination: string, sourcePort?: number): Uint8Array;
  /** The program on the receiving interface by `ip link`: 1 native, 2 generic, 0 none. */
  attachedMode(): number;
  /** Removes everything, also what other sources left pinned. */
  remove(): void;
}

type FrameOptions = NonNullable<Parameters<Pair['frame']>[1]>;

/** Packets of each target since the reading before. */
export const packetsOf = (source: XdpSource): Record<string, number> =>
  Object.fromEntries(source.read().targets.map(({ target, counts }) => [target, counts[counter.packets]!]));

/** @param label Tells beds of one process apart; one letter. */
export function createXdpBed(label: string): XdpBed {
  const pair = createPair(label);
  const instance = `tg-${process.pid}-${label}`;
  const opened: XdpSource[] = [];
  const options: XdpSourceOptions = {
    instance,
    interfaces: [pair.interfaceName],
    protect: [
      '203.0.113.0/24',
      '2001:db8:113::/64',
      `${pair.destination.ipv4}/32`,
      `${pair.destination.ipv6}/128`,
    ],
    safelist: [],
    targetsMax: 64,
    samplesPerSecondMax: 5000,
    mode: 'auto',
  };
  return {
    pair,
    instance,
    options,
    open: (changes = {}) => {
      const source = inNamespace(pair.destination.namespace, () => openXdpSource({ ...options, ...changes }));
      opened.push(source);
      return source;
    },
    see: (source, packets, frame) =>
      packets.map((packet) => testRun(source.datapath.programFd, pair.frame(packet, frame)).verdict),
    udpTo: (destination, sourcePort = 4000) => {
      const source = destination.includes(':') ? pair.source.ipv6 : pair.source.ipv4;
      return buildUdp({ source, destination, sourcePort, destinationPort: 9 });
    },
    attachedMode: () => {
      const args = ['-n', pair.destination.namespace, '-j', 'link', 'show', pair.interfaceName];
      const links = JSON.parse(execFileSync('ip', args, { encoding: 'utf8' })) as {
        xdp?: { mode: number };
      }[];
      return links[0]?.xdp?.mode ?? 0;
    },
    remove: () => {
      for (const source of opened) source.close({ keepRules: false });
      pair.remove();
    },
  };
}

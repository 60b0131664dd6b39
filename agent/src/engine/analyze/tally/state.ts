/** What is kept of one target, an address or a prefix: some 9 KiB and its samples. */
import { counter, counterNames } from '../../types.ts';
import { addPairs, binsMax } from './bins.ts';
import { DistinctCounter } from './distinct.ts';
import type { Header } from './header.ts';
import type { SampleList } from './samples.ts';

/** Where a counter of received packets is counted when they were sent; 0 for nowhere. */
const sentCounter = new Uint8Array(counterNames.length);
sentCounter[counter.tcpSynAck] = counter.outTcpSynAck;
sentCounter[counter.tcpRst] = counter.outTcpRst;
sentCounter[counter.icmpUnreachable] = counter.outIcmpUnreachable;

export class TargetTally {
  /** Four words; host bits of a prefix are zero. */
  readonly key: Int32Array;
  readonly counts = new Float64Array(counterNames.length);
  readonly packetBins = new Float64Array(binsMax);
  readonly byteBins = new Float64Array(binsMax);
  readonly sources = new DistinctCounter();
  readonly samples: SampleList;
  /** Packets that may have been missed before the target was followed. */
  readonly missed: number;

  constructor(key: Int32Array, samples: SampleList, missed: number) {
    this.key = key.slice();
    this.samples = samples;
    this.missed = missed;
  }

  /** @param weight How many packets it stands for. */
  add(header: Header, bin: number, weight: number, sourceHash: number): void {
    const { counts } = this;
    const { counters, byteCounters, length } = header;
    for (let index = 0; index < header.counted; index++) {
      const place = counters[index]!;
      counts[place] = counts[place]! + weight;
    }
    const bytes = weight * length;
    for (let index = 0; index < header.bytesCounted; index++) {
      const place = byteCounters[index]!;
      counts[place] = counts[place]! + bytes;
    }
    this.packetBins[bin] = this.packetBins[bin]! + weight;
    this.byteBins[bin] = this.byteBins[bin]! + bytes;
    this.sources.add(sourceHash);
  }

  /** Counts what it sent rather than received. */
  addSent({ counters, counted, length }: Header, weight: number): void {
    const { counts } = this;
    counts[counter.outPackets] = counts[counter.outPackets]! + weight;
    counts[counter.outBytes] = counts[counter.outBytes]! + weight * length;
    for (let index = 0; index < counted; index++) {
      const place = sentCounter[counters[index]!]!;
      if (place > 0) counts[place] = counts[place]! + weight;
    }
  }

  /** With those from before it was followed. */
  get packetsSeen(): number {
    return this.missed + this.counts[counter.packets]!;
  }

  double(): void {
    addPairs(this.packetBins);
    addPairs(this.byteBins);
  }
}

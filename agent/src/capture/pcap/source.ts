/** The capture source: one capture process for each interface, read as one. */
import { counterNames, type Reading, type TargetReading } from '../../engine/types.ts';
import type { Log } from '../../ports.ts';
import type { CaptureOptions, CaptureSource } from '../source.ts';
import { captureFilter, wordPrefix } from './filter.ts';
import { isEthernet } from './interface-type.ts';
import { limitNote } from './limit.ts';
import type { Watched } from './message.ts';
import { startCaptureProcess, type CaptureProcess } from './process.ts';
import { createMemoryReader, type MemoryReader } from './reader.ts';

export interface PcapSourceOptions extends CaptureOptions {
  /** Is told when a capture process had to be started again. */
  readonly log: Log;
}

export interface PcapSource extends CaptureSource {
  readonly kind: 'pcap';
  /** What a person should know about this start. */
  readonly notes: readonly string[];
  /** Another bundle's prefixes. Counters go on; what arrives in the milliseconds of the change is not counted. */
  update(prefixes: Pick<CaptureOptions, 'protect'>): void;
}

const columns = counterNames.length;

/** Rejects with TG2001 where libpcap is missing or an interface cannot be captured from. */
export async function openPcapSource(options: PcapSourceOptions): Promise<PcapSource> {
  const { interfaces, targetsMax, samplesPerSecondMax, log } = options;
  const watched = (interfaceName: string, protect: readonly string[]): Watched => ({
    filter: captureFilter(protect, isEthernet(interfaceName)),
    prefixes: protect.map(wordPrefix),
  });
  const starting = interfaces.map((interfaceName) =>
    startCaptureProcess(
      { interfaceName, targetsMax, samplesPerSecondMax, ...watched(interfaceName, options.protect) },
      log,
    ),
  );
  const processes = await allOrNone(starting);
  const reader = createReader(processes.map(({ memory }) => createMemoryReader(memory)));
  return {
    kind: 'pcap',
    description: `pcap on ${interfaces.join(', ')}`,
    notes: [limitNote],
    read: reader.read,
    peek: reader.peek,
    update: ({ protect }) => {
      for (const running of processes) running.watch(watched(running.interfaceName, protect));
    },
    // Rules are not held here, and nothing of libpcap outlives its process.
    close: () => {
      for (const running of processes) running.stop();
    },
  };
}

async function allOrNone(starting: readonly Promise<CaptureProcess>[]): Promise<CaptureProcess[]> {
  const outcomes = await Promise.allSettled(starting);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (failed === undefined) return started;
  for (const running of started) running.stop();
  throw failed.reason;
}

const nowNs = (): number => Number(process.hrtime.bigint());

function createReader(readers: readonly MemoryReader[]): Pick<PcapSource, 'read' | 'peek'> {
  const pool: Float64Array[] = [];
  const peeked = new Float64Array(columns);
  let lastNs = nowNs();
  const read = (): Reading => {
    const atNs = nowNs();
    const intervalNs = atNs - lastNs;
    lastNs = atNs;
    const targets: TargetReading[] = [];
    const places = new Map<string, Float64Array>();
    const [samples, losses] = [readers.flatMap((reader) => reader.readSamples()), { samples: 0, packets: 0 }];
    for (const reader of readers) {
      reader.readTargets((target, counts) => {
        const known = places.get(target);
        const row = known ?? (pool[targets.length] ??= new Float64Array(columns)).fill(0);
        for (let column = 0; column < columns; column++) row[column] = row[column]! + counts[column]!;
        if (known !== undefined) return;
        places.set(target, row);
        targets.push({ target, counts: row });
      });
      const lost = reader.readLosses();
      losses.samples += lost.samples;
      losses.packets += lost.packets;
    }
    return {
      atNs,
      intervalNs,
      targets,
      samples,
      samplesLost: losses.samples,
      uncountedPackets: losses.packets,
    };
  };
  const peek = (target: string): Float64Array | null => {
    peeked.fill(0);
    const found = readers.map((reader) => reader.addTotals(target, peeked));
    return found.includes(true) ? peeked : null;
  };
  return { read, peek };
}

/**
 * What goes with the XDP datapath beside the line: packet captures of incidents, the memory of known sources, flows
 * that are never blocked, sources that always are, and threat indicators.
 *
 * Promises: none of it can fail the defence; what goes wrong is told, and the tick goes on. Nothing here takes the
 * thread of the ticks for more than some ms.
 */
import { hostname } from 'node:os';
import type { AuditEvent, Bundle, DatapathReport } from '@tidegate/schemas';
import { createBlocklist } from '../actions/xdp/blocklist.ts';
import { createNeverBlock, type NeverBlock } from '../actions/xdp/never-block.ts';
import { createForensics, type ForensicCapture, type Forensics } from '../capture/forensic/index.ts';
import type { XdpSource } from '../capture/xdp/index.ts';
import { createIndicatorTally, type IndicatorTally } from '../capture/xdp/indicator-tally.ts';
import { createMalformedReader, type MalformedReader } from '../capture/xdp/malformed.ts';
import { createSources, type Sources } from '../capture/xdp/sources.ts';
import { parsePacket, sourceBytes } from '../engine/packet/index.ts';
import type { Reading } from '../engine/types.ts';
import { interfaceNameOf, mapFd, type Mapping } from '../kernel/libc.ts';
import { tcpSockets } from '../kernel/tcp-sockets.ts';
import {
  createIndicatorLoader,
  type IndicatorLoader,
  type LoadedIndicators,
} from '../kernel/xdp/indicators.ts';
import { structs, type Datapath } from '../kernel/xdp/index.ts';
import { reasonOf } from '../ports.ts';
import type { Clock, Log } from '../ports.ts';
import type { AgentSettings } from './config.ts';
import { createSourceLists, type SourceLists } from './source-lists.ts';

type Opened = Extract<AuditEvent, { kind: 'incident.opened' }>['body'];

export interface CompanionOptions {
  readonly settings: AgentSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: (event: AuditEvent) => void;
  /** Digest of the bundle in force; null where there is none. */
  readonly policyDigest: () => string | null;
}

/** Half a tick. */
const oneCaptureNs = 50e6;
const tendEveryNs = 1e9;
const flowsEveryNs = 10e9;
const listedMax = 20;
const secondsPerEpoch = 2 ** 30 / 1e9;

export class Companions {
  readonly #options: CompanionOptions;
  readonly #source: XdpSource;
  readonly #datapath: Datapath;
  readonly #tally: IndicatorTally = createIndicatorTally();
  readonly #malformed: MalformedReader;
  readonly #sources: Sources;
  readonly #neverBlock: NeverBlock;
  readonly #lists: SourceLists;
  readonly #indicators: IndicatorLoader;
  readonly #forensics: Forensics | null;
  readonly #ring: Mapping | null;
  #capture: { readonly detectedNs: number; readonly saved: Promise<ForensicCapture> } | null = null;
  #tendedNs = 0;
  #flowsNs = 0;

  constructor(source: XdpSource, options: CompanionOptions) {
    const { datapath } = source;
    this.#options = options;
    this.#source = source;
    this.#datapath = datapath;
    this.#malformed = createMalformedReader(datapath);
    this.#sources = createSources(datapath);
    this.#neverBlock = createNeverBlock(datapath);
    const { controller } = options.settings;
    this.#lists = createSourceLists({
      neverBlock: this.#neverBlock,
      blocklist: createBlocklist(datapath),
      controllerPort: controller === null ? null : portOf(controller.url),
      sockets: tcpSockets,
      log: options.log,
    });
    this.#indicators = createIndicatorLoader(datapath);
    this.#ring = datapath.forensicRecords > 1 ? openRing(datapath) : null;
    this.#forensics = this.#ring === null ? null : this.#openForensics(this.#ring);
  }

  /** Takes over the flows and sources that a bundle names. */
  usePolicy(bundle: Bundle): void {
    this.#lists.use(bundle);
  }

  /** What of that is not in force, in sentences. */
  get notes(): readonly string[] {
    return this.#lists.notes;
  }

  /** Call it with every reading: samples from threat indicators are looked up. */
  look({ samples, atNs }: Reading): void {
    const set = this.#indicators.current();
    if (set === null) return;
    this.#tally.begin(atNs);
    for (const sample of samples) {
      if (sample.isIndicator !== true) continue;
      const packet = parsePacket(sample.data);
      if (packet !== null) this.#tally.add(set, sourceBytes(packet), sample.rate);
    }
  }

  /** Call it every tick. While an attack lasts its sources do not become known ones. */
  tick(openIncidents: number): void {
    this.#datapath.setSwitch('learnSources', openIncidents === 0);
    const nowNs = this.#options.clock.monotonicNs();
    if (nowNs - this.#tendedNs >= tendEveryNs) {
      this.#tendedNs = nowNs;
      this.#sources.tend(nowNs);
    }
    if (nowNs - this.#flowsNs >= flowsEveryNs) {
      this.#flowsNs = nowNs;
      this.#lists.refresh();
    }
  }

  /** Saves the packets from before the attack, and records what came of it. */
  incidentOpened({ incident, family, target }: Opened): void {
    if (this.#forensics === null) return;
    const { clock, audit, policyDigest } = this.#options;
    const detectedNs = clock.monotonicNs();
    const offsetMs = clock.wallMs() - detectedNs / 1e6;
    const at = (ns: number): string => new Date(offsetMs + ns / 1e6).toISOString();
    // What is detected at once lies in one ring: attacks on many targets make one file, not many of the same packets.
    if (this.#capture === null || detectedNs - this.#capture.detectedNs > oneCaptureNs)
      this.#capture = {
        detectedNs,
        saved: this.#forensics.capture({
          incident,
          family,
          target,
          policyDigest: policyDigest(),
          detectedNs,
        }),
      };
    this.#capture.saved
      .then(({ file, bytes, packets, firstNs, lastNs }) => {
        const name = file.slice(file.lastIndexOf('/') + 1);
        const body = { incident, file: name, bytes: String(bytes), packets };
        audit({ kind: 'capture.saved', body: { ...body, from: at(firstNs), to: at(lastNs) } });
      })
      .catch((error: unknown) => {
        const reason = reasonOf(error).slice(0, 500);
        this.#options.log.warn('no packet capture of an incident', { incident, reason });
        audit({ kind: 'capture.failed', body: { incident, reason } });
      });
  }

  /** Puts a set of indicators into force, null for none. Rejects with TG2015 or TG2001, and then nothing has changed. */
  async useIndicators(path: string | null): Promise<LoadedIndicators | null> {
    if (path !== null) return await this.#indicators.load(path);
    await this.#indicators.unload();
    return null;
  }

  report(): DatapathReport {
    const set = this.#indicators.current();
    const heaviest = this.#sources.heaviest(this.#options.clock.monotonicNs(), listedMax);
    return {
      sources: {
        known: this.#sources.known(),
        heaviest: heaviest.map(({ source, slot, packets }) => ({
          source,
          target: this.#source.addressOf(slot) ?? null,
          packetsPerSecond: Math.round(packets / secondsPerEpoch),
        })),
      },
      neverBlock: this.#neverBlock
        .hits()
        .map(({ name, packets: kept, overRate }) => ({ name, kept, overRate })),
      indicators:
        set === null
          ? null
          : {
              entries: set.counts.v4 + set.counts.v6,
              builtAt: set.builtAt,
              matched: this.#tally.top(listedMax),
            },
      malformed: Object.fromEntries(
        Object.entries(this.#malformed().totals)
          .filter(([, frames]) => frames > 0)
          .map(([kind, frames]) => [kind, String(frames)]),
      ),
      captures: this.#forensics?.status() ?? null,
    };
  }

  /** What is in force in the kernel stays. */
  async close(): Promise<void> {
    await this.#forensics?.close();
    this.#indicators.close();
    this.#ring?.release();
  }

  #openForensics(ring: Mapping): Forensics | null {
    const { settings, clock, log } = this.#options;
    const { folder, bytesMax, filesMax, ageMsMax } = settings.capture.forensic;
    const records = this.#datapath.forensicRecords;
    const freeze = (isOn: boolean) => () => {
      this.#datapath.setSwitch('forensicFrozen', isOn);
    };
    try {
      return createForensics({
        ring: {
          bytes: new Uint8Array(ring.buffer, 0, records * structs.tg_forensic_record.size),
          records,
          freeze: freeze(true),
          unfreeze: freeze(false),
        },
        folder,
        host: hostname(),
        interfaceName: interfaceNameOf,
        ...{ clock, log, limits: { bytesMax, filesMax, ageMsMax } },
      });
    } catch (error) {
      log.error('packets of attacks cannot be saved', { reason: reasonOf(error) });
      return null;
    }
  }
}

const openRing = ({ forensicFd, forensicRecords }: Datapath): Mapping =>
  mapFd(forensicFd, forensicRecords * structs.tg_forensic_record.size, { writable: false });

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/**
 * Forensic captures: the packets of an attack from before it began, out of the kernel's ring into a pcapng file.
 *
 * What it promises
 * - A file begins with the oldest packet that the ring holds (not older than `windowMs`) and is in the order of time,
 *   with nanoseconds; it names incident, family, target, policy and host, marks the first packet after the detection,
 *   and says where the kernel kept one in N packets only. Wireshark and tshark open it.
 * - It is there whole and fsynced, or not at all; the folder stays within its limits. A damaged record is left out
 *   and counted, and fails nothing.
 * - The caller's thread works in short pieces, whatever the ring's size: measured at most 1.8 ms of CPU time the first
 *   time, 0.6 ms later. It works in memory that it keeps: 24 bytes a record and half a MiB.
 * - One capture at a time; of those that wait there are at most `queuedMax`. An incident is captured once: asked
 *   again, the same result is given, and only a capture that failed is tried anew.
 *
 * What to know
 * - The ring stands still while it is copied, some 5 to 70 ms for 16 MiB, and longer where the disk holds back its
 *   writers: packets of that time are in no file.
 * - Times of day are the kernel's clock plus the difference to the wall clock at the capture, which is known to 1 ms.
 *
 * ```ts
 * const forensics = createForensics({ ring, folder, host, interfaceName, clock, log });
 * const { file, packets } = await forensics.capture({ incident, family, target, policyDigest, detectedNs });
 * ```
 */
import { TidegateError } from '@tidegate/schemas';
import { inTurn } from '../../kernel/in-turn.ts';
import { reasonOf } from '../../ports.ts';
import type { Clock, Log } from '../../ports.ts';
import { wallTime, type CaptureRequest } from './comments.ts';
import { prepare } from './convert.ts';
import { dumpRing, type ForensicRing } from './dump.ts';
import { spanBefore, type Skipped } from './record.ts';
import { captureFileName, openStore, type Store, type StoreLimits } from './store.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

export type { CaptureRequest, ForensicRing };

export interface ForensicOptions {
  readonly ring: ForensicRing;
  readonly folder: string;
  readonly host: string;
  /** Null where the interface is gone. */
  readonly interfaceName: (index: number) => string | null;
  readonly clock: Clock;
  readonly log: Log;
  /** @default 1 GiB, 64 files, 30 days */
  readonly limits?: Partial<StoreLimits>;
  /** How old packets in a file may be; a quiet server's ring reaches back for hours. @default 600000 */
  readonly windowMs?: number;
  /** Captures that may wait for the one that is under way. @default 4 */
  readonly queuedMax?: number;
}

export interface ForensicCapture {
  readonly file: string;
  readonly bytes: number;
  readonly packets: number;
  /** Kernel monotonic time of the first and of the last packet, ns. */
  readonly firstNs: number;
  readonly lastNs: number;
  readonly skipped: Skipped;
}

export interface ForensicStatus {
  readonly saved: number;
  readonly failed: number;
  /** Files that were removed to keep the limits. */
  readonly removed: number;
}

export interface Forensics {
  /** Throws TG2014 with the reason; nothing is left half-written. */
  capture(request: CaptureRequest): Promise<ForensicCapture>;
  /** Since the start. */
  status(): ForensicStatus;
  /** Waits for the capture that is under way; those that wait fail. */
  close(): Promise<void>;
}

const defaultLimits: StoreLimits = { bytesMax: 1 << 30, filesMax: 64, ageMsMax: 30 * 86_400_000 };
const pruneEveryMs = 3_600_000;
/** Incidents that are remembered, so that each is captured once. */
const rememberedMax = 256;

/** Throws TG2014 where the folder cannot be used. */
export function createForensics(options: ForensicOptions): Forensics {
  const { log, clock, folder, queuedMax = 4 } = options;
  const store = openStore({ folder, limits: { ...defaultLimits, ...options.limits }, clock, log });
  const prune = (): void => {
    store.prune().catch((error: unknown) => {
      log.warn('old forensic captures could not be removed', { reason: reasonOf(error) });
    });
  };
  prune();
  // An earlier process may have died while the ring stood still.
  options.ring.unfreeze();
  const timer = setInterval(prune, pruneEveryMs).unref();
  const room = createWorkspace(options.ring.records);
  const oneAtATime = inTurn();
  const known = new Map<string, Promise<ForensicCapture>>();
  let [running, saved, failed, closed] = [0, 0, 0, false];

  const run = async (request: CaptureRequest): Promise<ForensicCapture> => {
    try {
      if (closed) throw new Error('the agent is stopping');
      const result = await captureRing(options, store, room, request);
      saved++;
      log.info('forensic capture saved', { incident: request.incident, ...result });
      return result;
    } catch (error) {
      failed++;
      known.delete(request.incident);
      throw failure(request, error);
    } finally {
      running--;
    }
  };
  return {
    capture: async (request) => {
      const before = known.get(request.incident);
      if (before !== undefined) return await before;
      if (running > queuedMax) throw failure(request, new Error(`${queuedMax} captures wait already`));
      running++;
      if (known.size >= rememberedMax) known.delete(known.keys().next().value!);
      const result = oneAtATime(() => run(request));
      known.set(request.incident, result);
      return await result;
    },
    status: () => ({ saved, failed, removed: store.removed }),
    close: async () => {
      closed = true;
      clearInterval(timer);
      await Promise.allSettled(known.values());
    },
  };
}

const failure = ({ incident }: CaptureRequest, cause: unknown): TidegateError =>
  cause instanceof TidegateError
    ? cause
    : new TidegateError('TG2014', `No forensic capture of ${incident}: ${reasonOf(cause)}`, { cause });

async function captureRing(
  { ring, clock, host, interfaceName, windowMs = 600_000 }: ForensicOptions,
  store: Store,
  room: Workspace,
  request: CaptureRequest,
): Promise<ForensicCapture> {
  const raw = await store.openScratch();
  try {
    const [frozenNs, wallMs] = await dumpRing(ring, raw, () => [clock.monotonicNs(), clock.wallMs()]);
    const origin = {
      host,
      wallOffsetNs: BigInt(Math.round(wallMs)) * 1_000_000n - BigInt(Math.round(frozenNs)),
    };
    const span = spanBefore(frozenNs, windowMs);
    const { records } = ring;
    const { scan, bytesMax, writeTo } = await prepare({
      request,
      origin,
      span,
      raw,
      records,
      room,
      interfaceName,
    });
    const { order, times, skipped } = scan;
    const packets = order.length;
    if (packets === 0) throw new Error(`the ring holds no packet (${JSON.stringify(skipped)})`);
    const name = captureFileName(request.incident, request.family, wallTime(request.detectedNs, origin));
    const [file, bytes] = await store.write(name, bytesMax, writeTo);
    const at = (index: number): number => Number(span.baseNs) + times[order[index]!]!;
    return { file, bytes, packets, firstNs: at(0), lastNs: at(packets - 1), skipped };
  } finally {
    await raw.close();
  }
}

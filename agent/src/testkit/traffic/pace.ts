/** Sends a flood at an even rate: every slice what is due by then. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Emitter } from './emitter.ts';
import { buildTemplate, type FloodShape, type Template } from './template.ts';

export interface FloodRequest extends FloodShape {
  readonly packetsPerSecond: number;
  readonly durationMs: number;
}

export interface FloodResult {
  /** Packets handed to the interface. */
  readonly sent: number;
  readonly packetsPerSecond: number;
  /** Kernel monotonic time of the first and of the last packet, ns. */
  readonly firstNs: number;
  readonly lastNs: number;
}

const sliceMs = 1;
/** What a late slice may make up for, so that the rate holds on a busy machine; the rest is not sent. */
const arrearsMsMax = 50;
/** Between two looks at the event loop, ms. */
const turnMs = 20;
const templates = 64;

const sleepCell = new Int32Array(new SharedArrayBuffer(4));
const sleepMs = (ms: number): void => void Atomics.wait(sleepCell, 0, 0, ms);
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Sends until the time is over or `stopped` says so. */
export async function pace(
  emitter: Emitter,
  request: FloodRequest,
  destinationMac: string,
  stopped: () => boolean,
): Promise<FloodResult> {
  const variants = templatesOf(request, destinationMac);
  emitter.reset();
  const startMs = nowMs();
  let [slice, allotted, lastTurnMs] = [0, 0, startMs];
  for (;;) {
    const at = nowMs();
    if (at - startMs >= request.durationMs || stopped()) break;
    const due = Math.floor(((at - startMs + sliceMs) * request.packetsPerSecond) / 1000) - allotted;
    allotted += due;
    const packets = Math.min(due, Math.ceil(((arrearsMsMax + sliceMs) * request.packetsPerSecond) / 1000));
    if (packets > 0) {
      emitter.use(variants[slice % variants.length]!);
      emitter.emit(packets);
    }
    slice++;
    if (at - lastTurnMs >= turnMs) {
      await turn();
      lastTurnMs = at;
    }
    const restMs = startMs + slice * sliceMs - nowMs();
    if (restMs > 0) sleepMs(restMs);
    else slice = Math.ceil((nowMs() - startMs) / sliceMs);
  }
  const { sent, firstNs, lastNs } = emitter.results();
  const seconds = (lastNs - firstNs) / 1e9;
  return { sent, packetsPerSecond: seconds > 0 ? Math.round(sent / seconds) : 0, firstNs, lastNs };
}

/** A DNS response's length varies from slice to slice; the other kinds have one packet for all. */
function templatesOf(request: FloodRequest, destinationMac: string): Template[] {
  const count = request.kind === 'dns_amplification' ? templates : 1;
  return Array.from({ length: count }, () => buildTemplate(request, destinationMac, Math.random));
}

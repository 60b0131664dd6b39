/** From a captured frame to counters and samples, in memory that was made beforehand: nothing is allocated per frame. */
import { countPacket } from './count.ts';
import { ipOffset, linkBytesMax, type LinkType } from './link.ts';
import type { CaptureMemory } from './memory.ts';
import { PacketReader } from './packet.ts';
import { noRow, type RowTable } from './rows.ts';
import { sliceMs, type Reservoir } from './reservoir.ts';

/** What is copied of a frame: a sample behind the longest link header, and some room for IPv6 extension headers. */
export const frameBytesMax = 256;

/** The clock is looked at this often, packets: every millisecond at 250,000 packets/s. */
const packetsPerLook = 256;

const reclaimEveryMs = 1000;

/** How long a frame may be of which only the first bytes came. */
const longestFrameBytes = 65_535 + linkBytesMax;

export class FrameCounter {
  private readonly memory: CaptureMemory;
  private readonly table: RowTable;
  private readonly reservoir: Reservoir;
  private readonly nowMs: () => number;
  private readonly packet = new PacketReader();
  private untilLook = packetsPerLook;
  private sliceEndMs: number;
  private reclaimMs: number;
  private lookMs: number;

  constructor(memory: CaptureMemory, table: RowTable, reservoir: Reservoir, nowMs: () => number) {
    this.memory = memory;
    this.table = table;
    this.reservoir = reservoir;
    this.nowMs = nowMs;
    this.lookMs = nowMs();
    this.sliceEndMs = this.lookMs + sliceMs;
    this.reclaimMs = this.lookMs + reclaimEveryMs;
  }

  /**
   * @param captured How many bytes of the frame are in `frame`.
   * @param isWhole Whether that is all of it.
   * @returns true now and then, when it is time to look at the clock: call `look`.
   */
  count(link: LinkType, frame: Uint8Array, captured: number, isWhole: boolean): boolean {
    const { packet } = this;
    const at = ipOffset(link, frame, captured);
    if (at >= 0 && packet.read(frame, at, captured, isWhole ? captured : longestFrameBytes)) {
      const row = this.table.rowOf(packet.destination);
      if (row !== noRow) {
        countPacket(this.memory.counters, row, packet);
        this.table.touch(row, this.lookMs);
        this.reservoir.offer(row, packet.length, frame, at, Math.min(captured, at + packet.length));
      }
    }
    return --this.untilLook <= 0;
  }

  /** Ends a slice of samples when it is over. Also to be called by a timer, for when nothing arrives. */
  look(): void {
    this.untilLook = packetsPerLook;
    this.lookMs = this.nowMs();
    if (this.lookMs < this.sliceEndMs) return;
    this.reservoir.endSlice();
    this.sliceEndMs = this.lookMs + sliceMs;
    if (this.lookMs < this.reclaimMs) return;
    this.table.reclaim(this.lookMs);
    this.reclaimMs = this.lookMs + reclaimEveryMs;
  }
}

/**
 * A value that survives the death of the process and is replaced without waiting for a disk: two slots in one file,
 * written in turn and in place.
 *
 * Replacing a file by a rename, or cutting it to nothing first, has ext4 write it out at once (`auto_da_alloc`, ext4(5)),
 * and the caller waits for as long as the disk is busy; overwriting in place does neither. A process that is killed
 * while it writes leaves the other slot whole. Not fsynced: after a power cut the kernel's rules are gone as well.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** Most bytes of a value as JSON; what is not written takes no room on the disk. */
const slotBytesMax = 2_097_152;
const headerForm = /^([0-9a-f]{64}) (\d{1,15}) (\d{1,7})\n/;

interface Slot {
  readonly generation: number;
  readonly value: unknown;
}

export class SlotFile {
  readonly #path: string;
  #file: number | null = null;
  /** Of the newest value; null before the file was read. */
  #generation: number | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** The newest value that is whole; undefined where there is none. */
  read(): unknown {
    const bytes = existsSync(this.#path) ? readFileSync(this.#path) : Buffer.alloc(0);
    const slots = [0, slotBytesMax].flatMap((at) => readSlot(bytes.subarray(at, at + slotBytesMax)));
    const newest = slots.sort((a, b) => b.generation - a.generation)[0];
    this.#generation = newest?.generation ?? 0;
    return newest?.value;
  }

  /** Throws where the file cannot be written; the value before then stays. */
  write(value: unknown): void {
    if (this.#generation === null) this.read();
    const body = Buffer.from(JSON.stringify(value));
    const generation = (this.#generation ?? 0) + 1;
    const rest = `${String(generation)} ${String(body.length)}\n`;
    const hash = createHash('sha256').update(rest).update(body).digest('hex');
    const slot = Buffer.concat([Buffer.from(`${hash} ${rest}`), body]);
    if (slot.length > slotBytesMax)
      throw new Error(`${this.#path}: ${String(slot.length)} bytes are too many for a slot`);
    this.#file ??= openSync(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const written = writeSync(this.#file, slot, 0, slot.length, (generation % 2) * slotBytesMax);
    if (written < slot.length) throw new Error(`${this.#path}: the disk is full`);
    this.#generation = generation;
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

function readSlot(bytes: Buffer): Slot[] {
  const [header, hash, generation, length] = headerForm.exec(bytes.toString('latin1', 0, 128)) ?? [];
  if (header === undefined) return [];
  const body = bytes.subarray(header.length, header.length + Number(length));
  const rest = `${String(generation)} ${String(length)}\n`;
  if (createHash('sha256').update(rest).update(body).digest('hex') !== hash) return [];
  return [{ generation: Number(generation), value: JSON.parse(body.toString()) as unknown }];
}

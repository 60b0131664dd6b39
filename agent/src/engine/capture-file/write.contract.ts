/** Capture files as bytes, in every variant that tests need. */
import { blockType, byteOrderMagic, padded } from '../pcapng/blocks.ts';

export interface WrittenFrame {
  /** Since 1970, ns. */
  readonly atNs: bigint;
  readonly bytes: Uint8Array;
  /** @default the length of the bytes */
  readonly originalBytes?: number;
}

export interface PcapVariant {
  /** @default true */
  readonly isLittle?: boolean;
  /** @default micro */
  readonly resolution?: 'micro' | 'nano' | 'kuznetzov';
  /** @default 1, Ethernet */
  readonly linkType?: number;
}

const magics = { micro: 0xa1b2_c3d4, nano: 0xa1b2_3c4d, kuznetzov: 0xa1b2_cd34 } as const;

export function pcapFile(frames: readonly WrittenFrame[], variant: PcapVariant = {}): Uint8Array {
  const { isLittle = true, resolution = 'micro', linkType = 1 } = variant;
  const recordBytes = resolution === 'kuznetzov' ? 24 : 16;
  const size = frames.reduce((sum, { bytes }) => sum + recordBytes + bytes.length, 24);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  view.setUint32(0, magics[resolution], isLittle);
  view.setUint16(4, 2, isLittle);
  view.setUint16(6, 4, isLittle);
  view.setUint32(16, 262_144, isLittle);
  view.setUint32(20, linkType, isLittle);
  let at = 24;
  for (const { atNs, bytes, originalBytes = bytes.length } of frames) {
    const units = resolution === 'nano' ? atNs % 1_000_000_000n : (atNs % 1_000_000_000n) / 1000n;
    view.setUint32(at, Number(atNs / 1_000_000_000n), isLittle);
    view.setUint32(at + 4, Number(units), isLittle);
    view.setUint32(at + 8, bytes.length, isLittle);
    view.setUint32(at + 12, originalBytes, isLittle);
    file.set(bytes, at + recordBytes);
    at += recordBytes + bytes.length;
  }
  return file;
}

export interface WrittenOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** Blocks of one byte order; what they carry is the caller's business. */
export class PcapngWriter {
  readonly isLittle: boolean;
  readonly #blocks: Uint8Array[] = [];

  constructor(isLittle = true) {
    this.isLittle = isLittle;
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#blocks.flatMap((block) => [...block]));
  }

  block(type: number, body: Uint8Array): this {
    const block = new Uint8Array(12 + padded(body.length));
    const view = new DataView(block.buffer);
    view.setUint32(0, type, this.isLittle);
    view.setUint32(4, block.length, this.isLittle);
    block.set(body, 8);
    view.setUint32(block.length - 4, block.length, this.isLittle);
    this.#blocks.push(block);
    return this;
  }

  section(options: readonly WrittenOption[] = []): this {
    return this.block(
      blockType.sectionHeader,
      this.#body(
        [
          [4, byteOrderMagic],
          [2, 1],
          [2, 0],
          [4, 0xffff_ffff],
          [4, 0xffff_ffff],
        ],
        new Uint8Array(0),
        options,
      ),
    );
  }

  interface(linkType = 1, options: readonly WrittenOption[] = [], snapBytes = 0): this {
    return this.block(
      blockType.interfaceDescription,
      this.#body(
        [
          [2, linkType],
          [2, 0],
          [4, snapBytes],
        ],
        new Uint8Array(0),
        options,
      ),
    );
  }

  /** @param units Time stamp, as the interface counts. */
  packet(
    id: number,
    units: bigint,
    data: Uint8Array,
    options: readonly WrittenOption[] = [],
    original = data.length,
  ): this {
    const time: [number, number][] = [
      [4, Number(units >> 32n)],
      [4, Number(units & 0xffff_ffffn)],
    ];
    const fields: [number, number][] = [[4, id], ...time, [4, data.length], [4, original]];
    return this.block(blockType.enhancedPacket, this.#body(fields, data, options));
  }

  obsoletePacket(id: number, units: bigint, data: Uint8Array): this {
    const time: [number, number][] = [
      [4, Number(units >> 32n)],
      [4, Number(units & 0xffff_ffffn)],
    ];
    const fields: [number, number][] = [[2, id], [2, 0], ...time, [4, data.length], [4, data.length]];
    return this.block(blockType.obsoletePacket, this.#body(fields, data, []));
  }

  simplePacket(data: Uint8Array, original = data.length): this {
    return this.block(blockType.simplePacket, this.#body([[4, original]], data, []));
  }

  #body(
    fields: readonly (readonly [size: number, value: number])[],
    data: Uint8Array,
    options: readonly WrittenOption[],
  ): Uint8Array {
    const fieldBytes = fields.reduce((sum, [size]) => sum + size, 0);
    const optionBytes = options.reduce(
      (sum, { value }) => sum + 4 + padded(value.length),
      options.length > 0 ? 4 : 0,
    );
    const body = new Uint8Array(fieldBytes + padded(data.length) + optionBytes);
    const view = new DataView(body.buffer);
    let at = 0;
    for (const [size, value] of fields) {
      if (size === 2) view.setUint16(at, value, this.isLittle);
      else view.setUint32(at, value, this.isLittle);
      at += size;
    }
    body.set(data, at);
    at += padded(data.length);
    for (const { code, value } of options) {
      view.setUint16(at, code, this.isLittle);
      view.setUint16(at + 2, value.length, this.isLittle);
      body.set(value, at + 4);
      at += 4 + padded(value.length);
    }
    return body;
  }
}

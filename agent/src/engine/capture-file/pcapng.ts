/**
 * pcapng (draft-ietf-opsawg-pcapng): blocks, each with its length before and behind it. Several sections, each in its
 * own byte order and with its own interfaces, each of these with its own link type and clock. Blocks that carry no
 * frame are stepped over.
 */
import {
  blockFrameBytes,
  blockType,
  byteOrderMagic,
  option,
  optionHeaderBytes,
  packetFieldsBytes,
  padded,
} from '../pcapng/blocks.ts';
import { InterfaceClock, type FileClock } from './clock.ts';
import { frameBytesMax } from './frame.ts';
import type { CaptureSink, FileMemory, FormatReader, Frame } from './frame.ts';
import { eachOption, readInterfaceOptions } from './pcapng-options.ts';

/** A frame and the options of its block, of which each has at most 65,535 bytes. Others are stepped over, not held. */
const heldBlockBytesMax = 1024 * 1024;
/** Packets name one by a 32-bit number; dumpcap on every interface of a large router needs some hundred. */
const interfacesMax = 4096;

const decoder = new TextDecoder();

interface Interface {
  readonly linkType: number;
  /** 0 for no limit. */
  readonly snapBytes: number;
  readonly clock: InterfaceClock;
}

export class PcapngReader implements FormatReader {
  readonly format = 'pcapng';
  readonly #sink: CaptureSink;
  readonly #clock: FileClock = { originNs: null };
  readonly #frame: Frame;
  #interfaces: Interface[] = [];
  #isLittle = true;
  #skip = 0;
  frames = 0;
  problem: string | null = null;

  /** A reader for the file that begins in this memory; null where it is of another format. */
  static of(memory: FileMemory, sink: CaptureSink): PcapngReader | null {
    return memory.view.getUint32(0, true) === blockType.sectionHeader ? new PcapngReader(memory, sink) : null;
  }

  private constructor({ bytes }: FileMemory, sink: CaptureSink) {
    this.#sink = sink;
    this.#frame = { bytes, from: 0, to: 0, originalBytes: 0, atNs: 0, linkType: 0 };
  }

  get startedAtNs(): bigint | null {
    return this.#clock.originNs;
  }

  takeSkip(): number {
    const skip = this.#skip;
    this.#skip = 0;
    return skip;
  }

  read(memory: FileMemory, at: number, end: number): number {
    const { view } = memory;
    let next = at;
    while (next + blockFrameBytes <= end) {
      if (view.getUint32(next, true) === blockType.sectionHeader && !this.#beginSection(view, next))
        return next;
      const type = view.getUint32(next, this.#isLittle);
      const bytes = view.getUint32(next + 4, this.#isLittle);
      if (!this.#isSound(type, bytes)) return next;
      if (bytes > heldBlockBytesMax) {
        this.#skip = bytes;
        return next;
      }
      if (next + bytes > end) return next;
      if (view.getUint32(next + bytes - 4, this.#isLittle) !== bytes) {
        return this.#stop(next, `a block of ${bytes} bytes has another length at its end`);
      }
      if (!this.#block(memory, type, next + 8, next + bytes - 4)) return next;
      next += bytes;
    }
    return next;
  }

  #stop(at: number, problem: string): number {
    this.problem = problem;
    return at;
  }

  #fail(problem: string): false {
    this.problem = problem;
    return false;
  }

  /** The byte order holds for the section's own header, too. */
  #beginSection(view: DataView, at: number): boolean {
    const isLittle = view.getUint32(at + 8, true) === byteOrderMagic;
    if (!isLittle && view.getUint32(at + 8, false) !== byteOrderMagic) {
      return this.#fail('a section header does not say its byte order');
    }
    this.#isLittle = isLittle;
    return true;
  }

  #isSound(type: number, bytes: number): boolean {
    if (bytes < blockFrameBytes || bytes % 4 !== 0)
      return this.#fail(`a block says that it has ${bytes} bytes`);
    if (bytes <= heldBlockBytesMax || !isNeeded(type)) return true;
    return this.#fail(
      `a block of type ${type} says that it has ${bytes} bytes, and ${heldBlockBytesMax} is the most`,
    );
  }

  #block(memory: FileMemory, type: number, from: number, to: number): boolean {
    switch (type) {
      case blockType.enhancedPacket:
      case blockType.obsoletePacket: {
        if (to - from < packetFieldsBytes) return this.#fail('a packet block is too short');
        const isObsolete = type === blockType.obsoletePacket;
        const { view } = memory;
        const id = isObsolete ? view.getUint16(from, this.#isLittle) : view.getUint32(from, this.#isLittle);
        return this.#packet(memory, from, to, id);
      }
      case blockType.simplePacket:
        return this.#simplePacket(memory, from, to);
      case blockType.interfaceDescription:
        return this.#interface(memory, from, to);
      case blockType.sectionHeader:
        if (to - from < 16) return this.#fail('a section header is too short');
        this.#interfaces = [];
        this.#comments(memory, from + 16, to);
        return true;
      default:
        return true;
    }
  }

  #interface({ bytes, view }: FileMemory, from: number, to: number): boolean {
    if (to - from < 8) return this.#fail('an interface description is too short');
    if (this.#interfaces.length === interfacesMax) {
      return this.#fail(`a section describes more than ${interfacesMax} interfaces`);
    }
    const { unitsPerSecond, offsetSeconds } = readInterfaceOptions(bytes, view, from + 8, to, this.#isLittle);
    this.#interfaces.push({
      linkType: view.getUint16(from, this.#isLittle),
      snapBytes: view.getUint32(from + 4, this.#isLittle),
      clock: new InterfaceClock(this.#clock, unitsPerSecond, offsetSeconds),
    });
    return true;
  }

  /** An enhanced packet block, or the obsolete one of type 2, whose interface has 16 bits. */
  #packet(memory: FileMemory, from: number, to: number, interfaceId: number): boolean {
    const { view } = memory;
    const isLittle = this.#isLittle;
    const captured = view.getUint32(from + 12, isLittle);
    const optionsAt = from + packetFieldsBytes + padded(captured);
    if (!this.#fits(captured, optionsAt, to)) return false;
    const packetInterface = this.#interfaces[interfaceId];
    if (packetInterface === undefined) return this.#fail('a packet names an interface that is not described');
    if (optionsAt + optionHeaderBytes <= to) this.#comments(memory, optionsAt, to);
    this.#frame.atNs = packetInterface.clock.read(
      view.getUint32(from + 4, isLittle),
      view.getUint32(from + 8, isLittle),
    );
    this.#frame.originalBytes = view.getUint32(from + 16, isLittle);
    this.#give(packetInterface, from + packetFieldsBytes, captured);
    return true;
  }

  /** Always of the first interface, without a time: it gets that of the frame before. */
  #simplePacket({ view }: FileMemory, from: number, to: number): boolean {
    if (to - from < 4) return this.#fail('a packet block is too short');
    const packetInterface = this.#interfaces[0];
    if (packetInterface === undefined) return this.#fail('a packet names an interface that is not described');
    const original = view.getUint32(from, this.#isLittle);
    const kept = packetInterface.snapBytes === 0 ? original : Math.min(original, packetInterface.snapBytes);
    const captured = Math.min(kept, to - from - 4);
    if (!this.#fits(captured, from + 4 + captured, to)) return false;
    this.#frame.originalBytes = original;
    this.#give(packetInterface, from + 4, captured);
    return true;
  }

  #fits(captured: number, end: number, to: number): boolean {
    if (captured > frameBytesMax) {
      return this.#fail(
        `a packet block says that it holds ${captured} bytes of a frame, and ${frameBytesMax} is the most`,
      );
    }
    return end <= to || this.#fail('a packet block holds less of its frame than it says');
  }

  #give({ linkType }: Interface, from: number, captured: number): void {
    const frame = this.#frame;
    frame.from = from;
    frame.to = from + captured;
    frame.linkType = linkType;
    this.frames += 1;
    this.#sink.frame(frame);
  }

  #comments({ bytes, view }: FileMemory, from: number, to: number): void {
    eachOption(view, from, to, this.#isLittle, (code, valueFrom, valueTo) => {
      if (code === option.comment) this.#sink.comment(decoder.decode(bytes.subarray(valueFrom, valueTo)));
    });
  }
}

const needed: readonly number[] = [
  blockType.sectionHeader,
  blockType.interfaceDescription,
  blockType.obsoletePacket,
  blockType.simplePacket,
  blockType.enhancedPacket,
];
const isNeeded = (type: number): boolean => needed.includes(type);

/**
 * Encodes pcapng blocks, little-endian, nanosecond time stamps, Ethernet frames.
 *
 * Promises: what it encodes is complete and padded as the format asks; a packet is written in place, into a buffer of
 * the caller's, so that a hundred thousand of them leave no garbage behind.
 */
import {
  blockFrameBytes,
  blockType,
  byteOrderMagic,
  interfaceOption,
  linkType,
  nanoseconds,
  option,
  optionHeaderBytes,
  packetFieldsBytes,
  padded,
  sectionOption,
} from './blocks.ts';

const optionBytesMax = 0xffff;
const unknownLength = 0xffff_ffff;
const encoder = new TextEncoder();

interface Option {
  readonly code: number;
  readonly value: Uint8Array;
}

const textOption = (code: number, text: string): Option => ({ code, value: encoder.encode(text) });

/** Bytes that the options of one block take, with the end mark; none for no options. */
function optionsBytes(options: readonly Option[]): number {
  if (options.length === 0) return 0;
  const each = options.map(({ value }) => optionHeaderBytes + padded(value.length));
  return each.reduce((sum, bytes) => sum + bytes, optionHeaderBytes);
}

/** Where a block is written: the same memory, seen twice. */
export interface BlockMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export const blockMemory = (bytes: Uint8Array): BlockMemory => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
});

function putOptions({ bytes, view }: BlockMemory, at: number, options: readonly Option[]): void {
  let next = at;
  for (const { code, value } of options) {
    if (value.length > optionBytesMax)
      throw new RangeError(`a pcapng option holds ${optionBytesMax} bytes, not ${value.length}`);
    view.setUint16(next, code, true);
    view.setUint16(next + 2, value.length, true);
    bytes.set(value, next + optionHeaderBytes);
    bytes.fill(0, next + optionHeaderBytes + value.length, next + optionHeaderBytes + padded(value.length));
    next += optionHeaderBytes + padded(value.length);
  }
  if (options.length > 0) view.setUint32(next, option.end, true);
}

/** Type and both lengths; returns where the next block begins. */
function frame({ view }: BlockMemory, at: number, type: number, bodyBytes: number): number {
  const bytes = blockFrameBytes + bodyBytes;
  view.setUint32(at, type, true);
  view.setUint32(at + 4, bytes, true);
  view.setUint32(at + bytes - 4, bytes, true);
  return at + bytes;
}

/** @param fill Writes the fields in front of the options; it is given where they begin. */
function block(
  type: number,
  fieldsBytes: number,
  options: readonly Option[],
  fill: (view: DataView, at: number) => void,
): Uint8Array {
  const bodyBytes = fieldsBytes + optionsBytes(options);
  const memory = blockMemory(new Uint8Array(blockFrameBytes + bodyBytes));
  frame(memory, 0, type, bodyBytes);
  fill(memory.view, 8);
  putOptions(memory, 8 + fieldsBytes, options);
  return memory.bytes;
}

/** What stands at the head of a file. Texts are UTF-8, at most 65,535 bytes. */
export interface Section {
  readonly comment: string;
  /** The program that wrote the file. */
  readonly application: string;
}

export function sectionHeader({ comment, application }: Section): Uint8Array {
  const options = [textOption(option.comment, comment), textOption(sectionOption.application, application)];
  return block(blockType.sectionHeader, 16, options, (view, at) => {
    view.setUint32(at, byteOrderMagic, true);
    view.setUint16(at + 4, 1, true);
    view.setUint16(at + 6, 0, true);
    // The section's length is not known before its end.
    view.setUint32(at + 8, unknownLength, true);
    view.setUint32(at + 12, unknownLength, true);
  });
}

export interface Interface {
  readonly name: string;
  /** The most that was kept of a frame. */
  readonly snapBytes: number;
}

/** Packets name an interface by the place of its block in the file, from 0. */
export function interfaceDescription({ name, snapBytes }: Interface): Uint8Array {
  const options = [
    textOption(interfaceOption.name, name),
    { code: interfaceOption.timeResolution, value: Uint8Array.of(nanoseconds) },
  ];
  return block(blockType.interfaceDescription, 8, options, (view, at) => {
    view.setUint16(at, linkType.ethernet, true);
    view.setUint32(at + 4, snapBytes, true);
  });
}

export interface Packet {
  readonly interfaceId: number;
  /** Nanoseconds since the epoch, upper and lower 32 bits. */
  readonly timeHigh: number;
  readonly timeLow: number;
  /** Length of the frame on the wire. */
  readonly originalBytes: number;
  /** What was kept of it. */
  readonly data: Uint8Array;
  readonly comments: readonly string[];
}

/** Writes an enhanced packet block at `at`; returns where the next block begins. */
export function putPacket(memory: BlockMemory, at: number, packet: Packet): number {
  const { bytes, view } = memory;
  const { data } = packet;
  const options = packet.comments.map((text) => textOption(option.comment, text));
  const dataBytes = padded(data.length);
  view.setUint32(at + 8, packet.interfaceId, true);
  view.setUint32(at + 12, packet.timeHigh, true);
  view.setUint32(at + 16, packet.timeLow, true);
  view.setUint32(at + 20, data.length, true);
  view.setUint32(at + 24, packet.originalBytes, true);
  const dataAt = at + 8 + packetFieldsBytes;
  bytes.set(data, dataAt);
  bytes.fill(0, dataAt + data.length, dataAt + dataBytes);
  putOptions(memory, dataAt + dataBytes, options);
  return frame(memory, at, blockType.enhancedPacket, packetFieldsBytes + dataBytes + optionsBytes(options));
}

/** The most that a packet's block takes, bytes; a comment counts with 3 bytes for each of its characters. */
export const packetBytesMax = (dataBytes: number, comments: readonly string[]): number =>
  blockFrameBytes +
  packetFieldsBytes +
  padded(dataBytes) +
  comments.reduce((sum, text) => sum + optionHeaderBytes + padded(3 * text.length), optionHeaderBytes);

/**
 * pcapng, the file format of Wireshark: blocks from and to bytes, without any file.
 *
 * ```ts
 * const memory = blockMemory(new Uint8Array(65_536));
 * const end = putPacket(memory, 0, { interfaceId: 0, timeHigh, timeLow, originalBytes, data, comments: [] });
 * ```
 */
export {
  blockMemory,
  interfaceDescription,
  packetBytesMax,
  putPacket,
  sectionHeader,
  type BlockMemory,
} from './writer.ts';

/**
 * Capture files of any tool: pcap and pcapng, from bytes as they come to frames, and from frames to IP packets.
 *
 * Promises: whatever the bytes are, no read beyond them, no endless loop, and never more than 2 MiB held; a file that
 * is cut off or damaged gives every frame up to that place, and says where it is and how much was not read; nothing
 * is copied for a frame, so a million of them a second can pass.
 *
 * ```ts
 * const reader = new CaptureReader({ frame: ({ bytes, from, to, atNs }) => …, comment: () => undefined });
 * for await (const chunk of file) reader.push(chunk);
 * const { frames, damage } = reader.end();
 * ```
 */
export { CaptureReader } from './reader.ts';
export type { CaptureFacts, CaptureSink, Frame } from './frame.ts';
export { cutOff, ipLocator, linkTypeName } from './link/index.ts';
export type { IpLocator } from './link/index.ts';

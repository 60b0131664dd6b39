/** What a capture file gives: frames, comments, and in the end what kind of file it was. */

/** One captured frame. The object and its bytes are used again for the next one. */
export interface Frame {
  /** Holds the captured part of the frame from `from` up to, but not at, `to`. */
  bytes: Uint8Array;
  from: number;
  to: number;
  /** Length of the frame on the wire, as the file says. */
  originalBytes: number;
  /** Since the first frame of the file; exact for captures of up to 104 days. */
  atNs: number;
  /** https://www.tcpdump.org/linktypes.html */
  linkType: number;
}

export interface CaptureSink {
  frame(frame: Frame): void;
  /** What somebody wrote into a pcapng file; a frame's comments come before the frame. At most 65,535 bytes. */
  comment(text: string): void;
}

/** Why a file could not be read to its end. */
export interface Damage {
  readonly reason: string;
  /** Where the part begins that could not be read, bytes from the start of the file as it was before compression. */
  readonly atByte: number;
  readonly unreadBytes: number;
}

export interface CaptureFacts {
  readonly format: 'pcap' | 'pcapng';
  readonly bytes: number;
  readonly frames: number;
  /** Time of the first frame, ns since 1970; null without frames, and where the file keeps no times. */
  readonly startedAtNs: bigint | null;
  /** Null where the whole file was read. */
  readonly damage: Damage | null;
}

/** The same memory, seen twice. */
export interface FileMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** One file format. */
export interface FormatReader {
  readonly format: CaptureFacts['format'];
  /** Reads whole records from `at` on; returns where the first one begins that is not whole or not sound. */
  read(memory: FileMemory, at: number, end: number): number;
  /** What is wrong with the record where the last reading stopped; null where it is only not whole. */
  readonly problem: string | null;
  /** Bytes that are of no interest, behind those that were read. */
  takeSkip(): number;
  readonly frames: number;
  readonly startedAtNs: bigint | null;
}

/** The most that libpcap and Wireshark keep of a frame, bytes (MAXIMUM_SNAPLEN, WTAP_MAX_PACKET_SIZE_STANDARD). */
export const frameBytesMax = 262_144;

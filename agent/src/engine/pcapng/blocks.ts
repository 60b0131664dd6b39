/** Numbers of the pcapng format (draft-ietf-opsawg-pcapng), those that are written or read here. */

export const blockType = {
  sectionHeader: 0x0a0d_0d0a,
  interfaceDescription: 1,
  obsoletePacket: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

export const byteOrderMagic = 0x1a2b_3c4d;

/** Options that any block may carry. */
export const option = { end: 0, comment: 1 } as const;
export const sectionOption = { application: 4 } as const;
export const interfaceOption = { name: 2, timeResolution: 9, timeOffset: 14 } as const;

/** https://www.tcpdump.org/linktypes.html */
export const linkType = { ethernet: 1 } as const;

/** `if_tsresol`: time stamps count 10^-9 s. */
export const nanoseconds = 9;

/** Type, length, and the length again behind the body. */
export const blockFrameBytes = 12;
/** Interface, time stamp in two halves, captured and original length. */
export const packetFieldsBytes = 20;
export const optionHeaderBytes = 4;

/** Every field of a block begins at a multiple of 4 bytes. */
export const padded = (bytes: number): number => (bytes + 3) & ~3;

/** Reads a capture file back for the tests: just the blocks that are written here, every field checked by hand. */

export interface DecodedPacket {
  readonly interfaceId: number;
  readonly atNs: bigint;
  readonly originalBytes: number;
  readonly data: Uint8Array;
  readonly comments: readonly string[];
}

export interface DecodedFile {
  readonly comment: string;
  readonly interfaces: readonly string[];
  readonly packets: readonly DecodedPacket[];
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function decodeOptions(body: Uint8Array, from: number): [number, Uint8Array][] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const options: [number, Uint8Array][] = [];
  for (let at = from; at < body.length;) {
    const [code, bytes] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (code === 0) break;
    options.push([code, body.subarray(at + 4, at + 4 + bytes)]);
    at += 4 + Math.ceil(bytes / 4) * 4;
  }
  return options;
}

const valuesOf = (options: [number, Uint8Array][], code: number): string[] =>
  options.filter(([found]) => found === code).map(([, value]) => text(value));

function decodePacket(body: Uint8Array): DecodedPacket {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const captured = view.getUint32(12, true);
  return {
    interfaceId: view.getUint32(0, true),
    atNs: (BigInt(view.getUint32(4, true)) << 32n) | BigInt(view.getUint32(8, true)),
    originalBytes: view.getUint32(16, true),
    data: new Uint8Array(body.subarray(20, 20 + captured)),
    comments: valuesOf(decodeOptions(body, 20 + Math.ceil(captured / 4) * 4), 1),
  };
}

export function decodeFile(file: Uint8Array): DecodedFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const interfaces: string[] = [];
  const packets: DecodedPacket[] = [];
  let comment = '';
  for (let at = 0; at < file.length;) {
    const [type, bytes] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (bytes !== view.getUint32(at + bytes - 4, true)) throw new Error(`block at ${at} has two lengths`);
    const body = file.subarray(at + 8, at + bytes - 4);
    if (type === 0x0a0d0d0a) comment = valuesOf(decodeOptions(body, 16), 1).join();
    else if (type === 1) interfaces.push(valuesOf(decodeOptions(body, 8), 2).join());
    else if (type === 6) packets.push(decodePacket(body));
    else throw new Error(`block of type ${type} at ${at}`);
    at += bytes;
  }
  return { comment, interfaces, packets };
}

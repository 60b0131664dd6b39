/** Reads the types of an eBPF object (BTF in the ELF section .BTF), to compare them with what TypeScript believes. */
import { readFileSync } from 'node:fs';

export interface BtfStruct {
  readonly size: number;
  /** Offset of each field, bytes. */
  readonly fields: Readonly<Record<string, number>>;
  /** Number of elements of the fields that are arrays. */
  readonly lengths: Readonly<Record<string, number>>;
}

export interface Btf {
  readonly structs: ReadonlyMap<string, BtfStruct>;
  /** Values by name. */
  readonly enums: ReadonlyMap<string, Readonly<Record<string, number>>>;
}

const kind = {
  int: 1,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  functionPrototype: 13,
  variable: 14,
  section: 15,
  tag: 17,
  enum64: 19,
};

interface RawType {
  readonly kind: number;
  readonly name: string;
  readonly size: number;
  /** Where what follows the common part begins. */
  readonly at: number;
  readonly count: number;
}

/** Format: Documentation/bpf/btf.rst of the Linux kernel. */
export function readBtf(objectPath: string): Btf {
  const section = btfSection(readFileSync(objectPath));
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  const headerBytes = view.getUint32(4, true);
  const typesEnd = headerBytes + view.getUint32(8, true) + view.getUint32(12, true);
  const stringsAt = headerBytes + view.getUint32(16, true);
  const text = (offset: number): string => {
    const from = stringsAt + offset;
    return new TextDecoder().decode(section.subarray(from, section.indexOf(0, from)));
  };
  // Type 0 is void.
  const types: RawType[] = [{ kind: 0, name: 'void', size: 0, at: 0, count: 0 }];
  for (let at = headerBytes + view.getUint32(8, true); at < typesEnd;) {
    const info = view.getUint32(at + 4, true);
    const type = {
      kind: (info >> 24) & 31,
      name: text(view.getUint32(at, true)),
      size: view.getUint32(at + 8, true),
      at: at + 12,
      count: info & 0xffff,
    };
    types.push(type);
    at = type.at + trailingBytes(type);
  }
  const structs = types.filter((type) => type.kind === kind.struct && type.name !== '');
  const enums = types.filter((type) => type.kind === kind.enum && type.name !== '');
  return {
    structs: new Map(structs.map((type) => [type.name, readStruct(type, types, view, text)])),
    enums: new Map(enums.map((type) => [type.name, readEnum(type, view, text)])),
  };
}

function trailingBytes({ kind: which, count }: RawType): number {
  switch (which) {
    case kind.int:
    case kind.variable:
    case kind.tag:
      return 4;
    case kind.array:
      return 12;
    case kind.struct:
    case kind.union:
    case kind.section:
    case kind.enum64:
      return count * 12;
    case kind.enum:
    case kind.functionPrototype:
      return count * 8;
    default:
      return 0;
  }
}

type Text = (offset: number) => string;

function readStruct(
  { size, at, count }: RawType,
  types: readonly RawType[],
  view: DataView,
  text: Text,
): BtfStruct {
  const fields: Record<string, number> = {};
  const lengths: Record<string, number> = {};
  for (let member = 0; member < count; member++) {
    const from = at + member * 12;
    const name = text(view.getUint32(from, true));
    fields[name] = view.getUint32(from + 8, true) / 8;
    const type = types[view.getUint32(from + 4, true)];
    if (type?.kind === kind.array) lengths[name] = view.getUint32(type.at + 8, true);
  }
  return { size, fields, lengths };
}

function readEnum({ at, count }: RawType, view: DataView, text: Text): Record<string, number> {
  const members = Array.from({ length: count }, (_, index) => at + index * 8);
  return Object.fromEntries(
    members.map((from) => [text(view.getUint32(from, true)), view.getInt32(from + 4, true)]),
  );
}

/** Finds a section of a 64-bit little-endian ELF file. */
function btfSection(file: Buffer): Uint8Array {
  const headersAt = Number(file.readBigUInt64LE(0x28));
  const headerBytes = file.readUInt16LE(0x3a);
  const header = (index: number): number => headersAt + index * headerBytes;
  const bodyAt = (at: number): number => Number(file.readBigUInt64LE(at + 0x18));
  const names = bodyAt(header(file.readUInt16LE(0x3e)));
  for (let index = 0; index < file.readUInt16LE(0x3c); index++) {
    const at = header(index);
    const name = names + file.readUInt32LE(at);
    if (file.toString('latin1', name, name + 5) !== '.BTF\0') continue;
    return new Uint8Array(file.subarray(bodyAt(at), bodyAt(at) + Number(file.readBigUInt64LE(at + 0x20))));
  }
  throw new Error('the object has no BTF: compile it with -g');
}

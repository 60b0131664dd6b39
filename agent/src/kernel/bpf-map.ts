/** Single elements of a map, by its file descriptor. Each call is one system call, about a microsecond. */
import { libbpf, orThrow } from './libbpf.ts';

const noEntry = -2;

/** What the kernel says of a map. */
export interface MapInfo {
  readonly type: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly maxEntries: number;
}

export function updateElement(fd: number, key: Uint8Array, value: Uint8Array): void {
  orThrow(libbpf().mapUpdate(fd, key, value, 0), 'write to an eBPF map');
}

/** Adds an element to a queue. */
export function pushElement(fd: number, value: Uint8Array): void {
  orThrow(libbpf().mapUpdate(fd, null, value, 0), 'write to an eBPF queue');
}

/** Returns whether the element was there. */
export function deleteElement(fd: number, key: Uint8Array): boolean {
  const code = libbpf().mapDelete(fd, key);
  if (code === noEntry) return false;
  orThrow(code, 'delete from an eBPF map');
  return true;
}

/** Reads an element into `value`; returns whether it was there. */
export function lookupElement(fd: number, key: Uint8Array, value: Uint8Array): boolean {
  const code = libbpf().mapLookup(fd, key, value);
  if (code === noEntry) return false;
  orThrow(code, 'read from an eBPF map');
  return true;
}

/** All keys of a map, at most `max`. */
export function keysOf(fd: number, keyBytes: number, max: number): Uint8Array[] {
  const keys: Uint8Array[] = [];
  let previous: Uint8Array | null = null;
  while (keys.length < max) {
    const key = new Uint8Array(keyBytes);
    const code = libbpf().mapNextKey(fd, previous, key);
    if (code === noEntry) break;
    orThrow(code, 'walk an eBPF map');
    keys.push(key);
    previous = key;
  }
  return keys;
}

export function mapInfo(fd: number): MapInfo {
  const info = kernelInfo(fd, 88);
  return {
    type: info.getUint32(0, true),
    keyBytes: info.getUint32(8, true),
    valueBytes: info.getUint32(12, true),
    maxEntries: info.getUint32(16, true),
  };
}

/** What the kernel says of a map, program or link (bpf(2), BPF_OBJ_GET_INFO_BY_FD), the first `bytes` of it. */
export function kernelInfo(fd: number, bytes: number): DataView {
  const info = new Uint8Array(bytes);
  const length = Uint32Array.of(bytes);
  orThrow(libbpf().infoByFd(fd, info, length), 'ask the kernel about an eBPF object');
  return new DataView(info.buffer);
}

/** Options of pcapng blocks: code, length, value, each padded to 4 bytes, until an end mark or the end of the block. */
import { interfaceOption, option, optionHeaderBytes, padded } from '../pcapng/blocks.ts';

/** Calls `visit` for each option that lies whole between `from` and `to`. */
export function eachOption(
  view: DataView,
  from: number,
  to: number,
  isLittle: boolean,
  visit: (code: number, valueFrom: number, valueTo: number) => void,
): void {
  let at = from;
  while (at + optionHeaderBytes <= to) {
    const code = view.getUint16(at, isLittle);
    const length = view.getUint16(at + 2, isLittle);
    const valueAt = at + optionHeaderBytes;
    if (code === option.end || valueAt + length > to) return;
    visit(code, valueAt, valueAt + length);
    at = valueAt + padded(length);
  }
}

export interface InterfaceTime {
  readonly unitsPerSecond: bigint;
  readonly offsetSeconds: bigint;
}

const microseconds = 6n;

/** How an interface counts time: microseconds since 1970 unless it says something else. */
export function readInterfaceOptions(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
  isLittle: boolean,
): InterfaceTime {
  let unitsPerSecond = 10n ** microseconds;
  let offsetSeconds = 0n;
  eachOption(view, from, to, isLittle, (code, valueFrom, valueTo) => {
    if (code === interfaceOption.timeResolution && valueTo - valueFrom === 1) {
      const resolution = bytes[valueFrom]!;
      // The upper bit says that it is a power of 2 rather than of 10.
      unitsPerSecond = (resolution < 0x80 ? 10n : 2n) ** BigInt(resolution & 0x7f);
    }
    if (code === interfaceOption.timeOffset && valueTo - valueFrom === 8) {
      offsetSeconds = view.getBigInt64(valueFrom, isLittle);
    }
  });
  return { unitsPerSecond, offsetSeconds };
}

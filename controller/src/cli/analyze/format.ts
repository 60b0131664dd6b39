/** Numbers for people: three digits and a unit. */

const steps = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

function scaled(value: number, unit: string): string {
  const step = steps.find(([size]) => value >= size * 0.9995);
  const [size, prefix] = step ?? [1, ''];
  const number = value / size;
  const digits = number >= 100 || (step === undefined && Number.isInteger(number)) ? 0 : number >= 10 ? 1 : 2;
  return `${Number(number.toFixed(digits))} ${prefix}${unit}`;
}

export const packetRate = (packetsPerSecond: number): string => scaled(packetsPerSecond, 'pps');
export const bitRate = (bitsPerSecond: number): string => scaled(bitsPerSecond, 'bit/s');
export const byteCount = (bytes: number): string => scaled(bytes, 'B');
export const percent = (share: number): string =>
  share > 0 && share < 0.001 ? '< 0.1 %' : `${Number((share * 100).toFixed(share < 0.1 ? 1 : 0))} %`;
export const grouped = (count: number): string => Math.round(count).toLocaleString('en-US');

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60] as const;
  return parts[0] > 0 ? `${parts[0]} h ${parts[1]} min` : `${parts[1]} min ${parts[2]} s`;
}

export const ranges = (list: readonly { readonly from: number; readonly to: number }[]): string =>
  list.length === 0
    ? 'any'
    : list.map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`)).join(', ');

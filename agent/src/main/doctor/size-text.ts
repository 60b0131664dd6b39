/** Sizes for people. */

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** 123456789 → `123 MB`, in decimal units. */
export function sizeText(bytes: number): string {
  let rest = bytes;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${unit === 0 || rest >= 9.95 ? Math.round(rest).toString() : rest.toFixed(1)} ${units[unit] ?? ''}`;
}

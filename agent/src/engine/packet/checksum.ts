/** The Internet checksum (RFC 1071) and its pseudo headers (RFC 9293, section 3.1; RFC 8200, section 8.1). */

/** Sum of 16-bit words; an odd last byte counts as the high byte of a word. */
export function sumWords(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let sum = start;
  let index = from;
  for (; index + 1 < to; index += 2) sum += (bytes[index]! << 8) | bytes[index + 1]!;
  if (index < to) sum += bytes[index]! << 8;
  return sum;
}

/** Folds a sum into the checksum field's value. Sums of up to 2^53 are exact. */
export function foldChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** Checksum of a transport segment, with its pseudo header. */
export function transportChecksum(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  segment: Uint8Array,
): number {
  let sum = protocol + segment.length;
  sum = sumWords(source, 0, source.length, sum);
  sum = sumWords(destination, 0, destination.length, sum);
  return foldChecksum(sumWords(segment, 0, segment.length, sum));
}

/** Powers of two by exact arithmetic: Math.log2 rounds near large powers, and sizes may come from a stranger. */

/** Largest power of two below a number above one: where RFC 6962 splits a tree. */
export function splitPoint(leaves: number): number {
  let power = 1;
  while (power * 2 < leaves) power *= 2;
  return power;
}

/** The exponent of a power of two, or null for any other number. */
export function exponentOf(value: number): number | null {
  let [power, exponent] = [1, 0];
  for (; power < value; exponent++) power *= 2;
  return power === value ? exponent : null;
}

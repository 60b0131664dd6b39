/** Order among records of five words, the first word first: addresses in network order, and what belongs to them. */
export const v6RecordWords = 5;

/** The numbers of the records in ascending order. */
export function sortedOrder(records: Uint32Array): Uint32Array {
  const order = new Uint32Array(records.length / v6RecordWords).map((_, index) => index);
  return order.sort((left, right) => {
    const leftAt = left * v6RecordWords;
    const rightAt = right * v6RecordWords;
    for (let word = 0; word < v6RecordWords; word++) {
      const difference = records[leftAt + word]! - records[rightAt + word]!;
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

/** Whether the four words at one place are those at another. */
export function sameWords(left: Uint32Array, leftAt: number, right: Uint32Array, rightAt: number): boolean {
  for (let word = 0; word < 4; word++) if (left[leftAt + word] !== right[rightAt + word]) return false;
  return true;
}

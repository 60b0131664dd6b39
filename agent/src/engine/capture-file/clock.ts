/** From the time stamps of pcapng interfaces, each with its own unit and offset, to nanoseconds of one clock. */

/** Shared by the interfaces of a file. */
export interface FileClock {
  /** Time of the first frame, ns since 1970; null before there was one. */
  originNs: bigint | null;
}

/**
 * Time stamps are 64-bit counts; as a number of nanoseconds since 1970 they would be exact to 256 ns only. So each
 * interface remembers its first time stamp exactly, and counts from there.
 */
export class InterfaceClock {
  readonly #file: FileClock;
  readonly #unitsPerSecond: bigint;
  readonly #offsetSeconds: bigint;
  readonly #nsPerUnit: number;
  #isStarted = false;
  #firstHigh = 0;
  #firstLow = 0;
  #firstNs = 0;

  constructor(file: FileClock, unitsPerSecond: bigint, offsetSeconds: bigint) {
    this.#file = file;
    this.#unitsPerSecond = unitsPerSecond;
    this.#offsetSeconds = offsetSeconds;
    this.#nsPerUnit = 1e9 / Number(unitsPerSecond);
  }

  /** Since the first frame of the file, ns. */
  read(high: number, low: number): number {
    if (!this.#isStarted) this.#start(high, low);
    return (
      this.#firstNs + ((high - this.#firstHigh) * 0x1_0000_0000 + (low - this.#firstLow)) * this.#nsPerUnit
    );
  }

  #start(high: number, low: number): void {
    const units = (BigInt(high) << 32n) | BigInt(low);
    const atNs = (units * 1_000_000_000n) / this.#unitsPerSecond + this.#offsetSeconds * 1_000_000_000n;
    this.#file.originNs ??= atNs;
    this.#isStarted = true;
    this.#firstHigh = high;
    this.#firstLow = low;
    this.#firstNs = Number(atNs - this.#file.originNs);
  }
}

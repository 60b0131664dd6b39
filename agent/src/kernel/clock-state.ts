/** Whether something keeps the clock of this machine right: adjtimex(2), which every time daemon reports to. */
import { loadLibrary } from './native.ts';

export interface ClockState {
  readonly isSynchronised: boolean;
  /** Largest error that the time daemon expects, ms. */
  readonly errorMsMax: number;
}

/** struct timex, a little larger than it is. */
const timexBytes = 256;
const [errorMicrosecondsAt, statusAt] = [24, 40];
const unsynchronised = 0x40;

/** Asks only: with no mode set nothing is adjusted, and no privilege is needed. */
export function clockState(): ClockState {
  const adjtimex = loadLibrary('libc.so.6').func('int adjtimex(_Inout_ uint8_t *timex)') as (
    timex: Uint8Array,
  ) => number;
  const timex = new Uint8Array(timexBytes);
  if (adjtimex(timex) < 0) throw new Error('adjtimex(2) refuses');
  const view = new DataView(timex.buffer);
  return {
    isSynchronised: (view.getInt32(statusAt, true) & unsynchronised) === 0,
    errorMsMax: Number(view.getBigInt64(errorMicrosecondsAt, true)) / 1000,
  };
}

/** 20,000 packets in one second, for everybody. */
import { watchSeconds } from './seconds.ts';
import type { Watcher } from '../watcher.ts';

const packetsPerSecondMax = 20_000;

export const createStatic = (): Watcher =>
  watchSeconds('refStatic', () => ({
    isOver: (packetsPerSecond) => packetsPerSecond > packetsPerSecondMax,
  }));

import type { Io } from './io.ts';

const everyMs = 500;

/** A counter that is written over itself on a terminal; nothing where nobody watches. */
export function progress(io: Io, what: string): { update: (count: number) => void; end: () => void } {
  let shownAt = performance.now();
  let isShown = false;
  return {
    update: (count) => {
      if (!io.isTerminal || performance.now() - shownAt < everyMs) return;
      shownAt = performance.now();
      isShown = true;
      io.err(`\r${count} ${what}`);
    },
    end: () => {
      if (isShown) io.err('\r\u001b[K');
    },
  };
}

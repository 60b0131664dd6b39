/** Steps back, the last first: when the work is over, or when the process ends before. */
export interface Undo {
  add(step: () => unknown): void;
  readonly run: () => Promise<void>;
}

/** When the process ends early, a step gets as far as it comes without waiting. */
export function createUndo(): Undo {
  const steps: (() => unknown)[] = [];
  const atExit = (): void => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) step();
  };
  process.on('exit', atExit);
  return {
    add: (step) => void steps.push(step),
    run: async () => {
      process.off('exit', atExit);
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) await step();
    },
  };
}

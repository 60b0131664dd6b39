/** Time, randomness and the log come in through here, so that a failure is a seed. */

export interface Clock {
  /** Kernel monotonic time (CLOCK_MONOTONIC, as bpf_ktime_get_ns), ns. */
  monotonicNs(): number;
  /** Wall time, ms since the epoch. */
  wallMs(): number;
}

export interface Random {
  /** Lower-case hexadecimal digits, two a byte. */
  hex(bytes: number): string;
}

/** What an unknown thrown value says, without a stack. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

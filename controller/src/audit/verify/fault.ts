import type { ErrorCode } from '@tidegate/schemas';

/** What is wrong with a log, and where. */
export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  /** Path in the repository, null where it is about the log as a whole. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  /** Global index of the record. */
  readonly index: number | null;
  readonly agent: string | null;
  readonly seq: number | null;
}

/** Ends a verification: the first thing that is wrong. */
export class LogFault extends Error {
  override readonly name = 'LogFault';
  readonly fault: Fault;

  constructor(code: ErrorCode, message: string, where: Partial<Omit<Fault, 'code' | 'message'>> = {}) {
    super(message);
    this.fault = { code, message, file: null, line: null, index: null, agent: null, seq: null, ...where };
  }
}

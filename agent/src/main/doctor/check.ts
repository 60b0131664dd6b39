/** What a check is, and what it says. */
import type { DoctorCheck } from '@tidegate/schemas';
import type { Context } from './context.ts';

export type Status = DoctorCheck['status'];

/** What a check found about one subject. */
export interface Result {
  readonly status: Status;
  readonly found: string;
  readonly meaning: string | null;
  readonly fix: string | null;
  readonly subject: string | null;
}

/** Where the configuration does without what a check is about, the check is skipped. */
export type Need = 'configuration' | 'controller' | 'xdp' | 'pcap';

export interface Check {
  readonly id: string;
  /** In front of what was found, behind the subject: a few words for people. */
  readonly title: string;
  readonly needs?: Need;
  /** Changes nothing on the system. */
  run(context: Context): Result | readonly Result[] | Promise<Result>;
}

/** What follows and what helps; both are said wherever something is not well. */
interface Advice {
  readonly meaning: string;
  readonly fix: string;
}

export const ok = (found: string): Result => result('ok', found);

export const warn = (found: string, advice: Advice): Result => result('warn', found, advice);

export const fail = (found: string, advice: Advice): Result => result('fail', found, advice);

/** Nothing was looked at; `fix` says how it could be. */
export const skipped = (found: string, fix: string | null = null): Result => ({
  ...result('skipped', found),
  fix,
});

const result = (status: Status, found: string, advice?: Advice): Result => ({
  status,
  found,
  meaning: advice?.meaning ?? null,
  fix: advice?.fix ?? null,
  subject: null,
});

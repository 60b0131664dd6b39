/**
 * net.ipv4.tcp_syncookies, which governs IPv6 as well: only with 2 do sockets take cookies that were sent for them.
 *
 * Promises: the value that was found comes back when the last rule that needs another is gone, also after a crash,
 * since it is remembered before it is changed; a value that somebody else set meanwhile is left alone.
 */
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { TidegateError } from '@tidegate/schemas';

const wanted = '2';

/** Where the former value is kept: over the death of the process, but not over a reboot, which resets the sysctl. */
export interface FormerValue {
  /** Undefined where there is none. */
  read(): unknown;
  write(value: string): void;
  remove(): void;
}

/** The sysctl in the network namespace of the calling thread. */
export interface SyncookiesSysctl {
  /** Null where the kernel has none. */
  read(): string | null;
  /** Throws where this process may not. */
  write(value: string): void;
  /** Asked by opening it: the capability that gives the right does not show in the file's mode. */
  mayWrite(): boolean;
}

export interface Syncookies {
  /** Null: it is as it has to be, or can be set. Else the reason. */
  refusal(): string | null;
  /** Sets it where it has to be set. Throws TG2003. */
  require(): void;
  /** Nothing needs it any more. */
  restore(): void;
}

export function createSyncookies(former: FormerValue, sysctl: SyncookiesSysctl = kernelSysctl): Syncookies {
  return {
    refusal: () => {
      const value = sysctl.read();
      if (value === null) return 'this kernel has no SYN cookies (CONFIG_SYN_COOKIES)';
      if (value === wanted || sysctl.mayWrite()) return null;
      return `it takes net.ipv4.tcp_syncookies = 2, which is ${value}, and this process may not change it: set it (sysctl -w net.ipv4.tcp_syncookies=2)`;
    },
    require: () => {
      const value = sysctl.read();
      if (value === null || value === wanted) return;
      former.write(value);
      try {
        sysctl.write(wanted);
      } catch (error) {
        throw new TidegateError('TG2003', `net.ipv4.tcp_syncookies cannot be set to 2: ${String(error)}`);
      }
    },
    restore: () => {
      const value = former.read();
      if (typeof value !== 'string') return;
      try {
        if (sysctl.read() === wanted) sysctl.write(value);
        former.remove();
      } catch {
        // What is remembered stays: the next time may go better, and a cookie too many harms nobody.
      }
    },
  };
}

const path = '/proc/sys/net/ipv4/tcp_syncookies';

const kernelSysctl: SyncookiesSysctl = {
  read: () => (existsSync(path) ? readFileSync(path, 'latin1').trim() : null),
  write: (value) => {
    writeFileSync(path, value);
  },
  mayWrite: () => {
    try {
      closeSync(openSync(path, 'r+'));
      return true;
    } catch {
      return false;
    }
  },
};

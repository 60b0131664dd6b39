/**
 * The host's own signs that it cannot keep up, read beside the capture.
 *
 * Promises: at most one look a second, some tenths of a millisecond each: files stay open and are read from their start
 * again; a counter that goes back (an interface that was made anew) counts as 0; what the kernel does not offer is left
 * out, and where it offers nothing there is no reading.
 *
 * ```ts
 * const host = openHostSigns({ interfaces: ['eth0'] });
 * const signs = host.read(reading.atNs); // undefined when the last look is less than a second old
 * ```
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { HostReading } from '../../engine/types.ts';
import { parseCounter, parseCpuTicks, parseNetstat } from './parse.ts';
import type { CpuTicks } from './parse.ts';

export interface HostOptions {
  readonly interfaces: readonly string[];
  /** Where /proc and /sys are. @default `` (the root) */
  readonly root?: string;
}

export interface HostSigns {
  /** Differences since the look before; undefined at the first look, and before a second has passed. */
  read(atNs: number): HostReading | undefined;
  close(): void;
}

const everyNs = 1e9;
/** A look that comes with a tick may be a little early. */
const earlyNs = 50e6;
/** /proc/stat of a machine with some hundred CPUs, or as much of it as there is room for. */
const bytesMax = 65_536;

/** Totals since boot. */
interface Totals {
  readonly listenDrops: number;
  readonly cookies: number;
  readonly cardDrops: number;
  readonly cpus: readonly CpuTicks[];
}

export function openHostSigns({ interfaces, root = '' }: HostOptions): HostSigns {
  const buffer = Buffer.allocUnsafe(bytesMax);
  const netstat = openText(`${root}/proc/self/net/netstat`, buffer);
  const stat = openText(`${root}/proc/stat`, buffer);
  const drops = interfaces.flatMap((name) =>
    ['rx_dropped', 'rx_missed_errors'].map((counter) =>
      openText(`${root}/sys/class/net/${name}/statistics/${counter}`, buffer),
    ),
  );
  let before: Totals | null = null;
  let lookedAtNs = -Infinity;
  const look = (): Totals | null => {
    const [network, processors, cards] = [netstat.read(), stat.read(), drops.map((file) => file.read())];
    if ([network, processors, ...cards].every((text) => text === null)) return null;
    const { listenOverflows, listenDrops, syncookiesSent } = parseNetstat(network ?? '');
    return {
      // The kernel counts an overflow as a drop as well.
      listenDrops: Math.max(listenOverflows, listenDrops),
      cookies: syncookiesSent,
      cardDrops: cards.reduce((sum, text) => sum + parseCounter(text ?? ''), 0),
      cpus: parseCpuTicks(processors ?? ''),
    };
  };
  return {
    read: (atNs) => {
      if (atNs - lookedAtNs < everyNs - earlyNs) return undefined;
      lookedAtNs = atNs;
      const now = look();
      const last = before;
      before = now;
      return now === null || last === null ? undefined : difference(last, now);
    },
    close: () => {
      for (const file of [netstat, stat, ...drops]) file.close();
    },
  };
}

function difference(last: Totals, now: Totals): HostReading {
  const since = (name: 'listenDrops' | 'cookies' | 'cardDrops'): number =>
    Math.max(0, now[name] - last[name]);
  return {
    listenOverflows: since('listenDrops'),
    synCookiesSent: since('cookies'),
    cardDrops: since('cardDrops'),
    softirqShare: busiest(last.cpus, now.cpus),
  };
}

/** Share of the time of the CPU that spent most of it on softirqs; 0 where CPUs came or went. */
function busiest(last: readonly CpuTicks[], now: readonly CpuTicks[]): number {
  if (last.length !== now.length) return 0;
  let most = 0;
  for (const [index, { softirq, total }] of now.entries()) {
    const passed = total - last[index]!.total;
    if (passed > 0) most = Math.max(most, Math.min(1, (softirq - last[index]!.softirq) / passed));
  }
  return most;
}

interface TextFile {
  /** Null where it cannot be read. */
  read(): string | null;
  close(): void;
}

function openText(path: string, buffer: Buffer): TextFile {
  let descriptor: number | null;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    descriptor = null;
  }
  return {
    read: () => {
      if (descriptor === null) return null;
      try {
        return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
      } catch {
        // An interface that is gone: its files say ENODEV.
        return null;
      }
    },
    close: () => {
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
  };
}

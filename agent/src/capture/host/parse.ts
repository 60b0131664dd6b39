/** Counters of the host in the kernel's own text formats. A field that is missing counts as 0. */

/** `TcpExt` of /proc/net/netstat: a line of names, then one of values. */
export interface NetstatCounters {
  readonly listenOverflows: number;
  readonly listenDrops: number;
  readonly syncookiesSent: number;
}

export function parseNetstat(text: string): NetstatCounters {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  const of = (name: string): number => {
    const value = Number(values[names.indexOf(name)]);
    return Number.isFinite(value) ? value : 0;
  };
  return {
    listenOverflows: of('ListenOverflows'),
    listenDrops: of('ListenDrops'),
    syncookiesSent: of('SyncookiesSent'),
  };
}

/** Of one CPU, in ticks since boot. */
export interface CpuTicks {
  readonly softirq: number;
  /** Without guests, whose time is counted in that of users as well. */
  readonly total: number;
}

/** The lines `cpu0`, `cpu1`, … of /proc/stat (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal. */
export function parseCpuTicks(text: string): CpuTicks[] {
  const cpus: CpuTicks[] = [];
  for (const line of text.split('\n', cpusMax + 1)) {
    if (!/^cpu\d/.test(line)) continue;
    const ticks = line.split(' ').slice(1, 9).map(Number);
    if (ticks.some((one) => !Number.isFinite(one))) continue;
    cpus.push({ softirq: ticks[6] ?? 0, total: ticks.reduce((sum, one) => sum + one, 0) });
  }
  return cpus;
}
const cpusMax = 4096;

/** A file of /sys/class/net/IF/statistics. */
export function parseCounter(text: string): number {
  const value = Number(text.trim());
  return Number.isFinite(value) ? value : 0;
}

/** Ends rules and ceilings through their pins alone, for when the process that installed them hangs or is dead. */
import { closeFd, mapFd } from '../../kernel/libc.ts';
import { openPinFolder } from '../../kernel/pins.ts';
import { configFlag, rulesMax, structs } from '../../kernel/xdp/index.ts';

const { size, fields } = structs.tg_rule;
const settings = structs.tg_config;

/**
 * Lets every rule of an instance expire at once; returns how many were in force. Ceilings, blocklists and indicators
 * only count from now on. Nothing else is touched: the program stays attached and counts on, and the agent sweeps the
 * expired rules when it runs again.
 */
export function expirePinnedRules(instance: string): number {
  const pins = openPinFolder(instance);
  if (pins.names().length === 0) {
    pins.remove();
    return 0;
  }
  observeOnly(pins.open('config'));
  const fd = pins.open('rules');
  if (fd === null) return 0;
  const mapping = mapFd(fd, 2 * rulesMax * size, { writable: true });
  closeFd(fd);
  const words = new BigUint64Array(mapping.buffer);
  const now = process.hrtime.bigint();
  const ended = new Set<bigint>();
  for (let index = 0; index < rulesMax; index += 1) {
    const id = words[(index * size + fields.id) / 8] ?? 0n;
    const expires = (index * size + fields.expires_ns) / 8;
    if (id === 0n || (words[expires] ?? 0n) <= now) continue;
    Atomics.store(words, expires, 1n);
    ended.add(id);
  }
  mapping.release();
  return ended.size;
}

function observeOnly(fd: number | null): void {
  if (fd === null) return;
  const mapping = mapFd(fd, settings.size, { writable: true });
  closeFd(fd);
  Atomics.or(new Uint32Array(mapping.buffer), settings.fields.flags >> 2, configFlag.observe);
  mapping.release();
}

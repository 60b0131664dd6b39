/** What synproxy stands on in a running agent: this machine, and a file that keeps the sysctl it changes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSynproxyHost, type SynproxyHost } from '../actions/xdp/synproxy.ts';
import type { FormerValue } from '../actions/xdp/syncookies.ts';
import { readJson, removeFile, writeJson } from '../state/files.ts';
import type { AgentSettings } from './config.ts';

export const synproxyHostOf = ({ stateDir }: Pick<AgentSettings, 'stateDir'>): SynproxyHost =>
  openSynproxyHost(formerSyncookies(join(stateDir, 'syncookies.json')));

/** In a file that outlives a crash; a reboot, which sets the sysctl anew, makes it void. */
export function formerSyncookies(path: string, bootId: () => string = kernelBootId): FormerValue {
  return {
    read: () => {
      const kept = readJson(path) as { readonly bootId?: unknown; readonly value?: unknown } | undefined;
      return kept?.bootId === bootId() ? kept.value : undefined;
    },
    write: (value) => {
      writeJson(path, { bootId: bootId(), value });
    },
    remove: () => {
      removeFile(path);
    },
  };
}

const kernelBootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();

/** What happens without XDP, and without nftables, as the configuration has it. */
import { fail, warn, type Result } from './check.ts';
import type { Context } from './context.ts';
import type { Host } from './host/host.ts';

/** A failure of XDP. Falling back is one too: who wants libpcap says so with `capture.source: pcap`. */
export const withoutXdp = ({ source }: Pick<Context, 'source'>, found: string, fix: string): Result =>
  fail(found, {
    meaning:
      source === 'xdp'
        ? 'The agent does not start watching (capture.source: xdp).'
        : 'XDP cannot be had: the agent falls back to libpcap, which sees far fewer packets a second, and drops in nftables.',
    fix,
  });

/** XDP drops without nftables; libpcap only looks. */
export const withoutNftables = ({ source }: Pick<Context, 'source'>, found: string, fix: string): Result =>
  source === 'pcap'
    ? fail(found, { meaning: 'Nothing can be dropped: libpcap only looks.', fix })
    : warn(found, {
        meaning: 'Rules go through XDP alone; steps with via: nftables cannot be carried out.',
        fix,
      });

/** Where libbpf is missing that is said once, and what would need it is skipped. */
export function hasLibbpf(host: Pick<Host, 'libbpfVersion'>): boolean {
  try {
    host.libbpfVersion();
    return true;
  } catch {
    return false;
  }
}

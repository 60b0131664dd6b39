/** Where packets are seen: XDP, libpcap or a recording, all behind this interface. */
import type { Reading } from '../engine/types.ts';

export interface CaptureSource {
  readonly kind: 'xdp' | 'pcap' | 'replay';
  /** How it is attached, as shown to people, such as `xdp/native`. */
  readonly description: string;
  /** Everything since the call before. Synchronous; at most 2 ms. The result is valid until the next call. */
  read(): Reading;
  /**
   * Counters of one target since the source was opened, without consuming anything: two looks some milliseconds
   * apart tell whether a rule takes effect. Null for a target that was never seen. Valid until the next call.
   */
  peek(target: string): Float64Array | null;
  /**
   * Stops watching. With `keepRules` rules in the kernel stay in force until their TTL ends and the next start adopts
   * them; without, nothing of ours stays behind.
   */
  close(options: { keepRules: boolean }): void;
}

/** What a source is told to watch. */
export interface CaptureOptions {
  /** Names what we own in the kernel: pins below /sys/fs/bpf/INSTANCE. */
  readonly instance: string;
  readonly interfaces: readonly string[];
  /** Protected prefixes, IPv4 and IPv6. */
  readonly protect: readonly string[];
  /** Source prefixes that no rule drops. */
  readonly safelist: readonly string[];
  /** @default 4096 */
  readonly targetsMax: number;
  /** @default 5000 */
  readonly samplesPerSecondMax: number;
}

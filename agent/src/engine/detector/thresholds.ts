/** Which threshold is for which target. */
import { cidrContains, parseAddress, parseCidr } from '@tidegate/schemas';
import type { CompiledThreshold, IpPrefix } from '@tidegate/schemas';

interface Entry {
  readonly prefix: IpPrefix;
  readonly threshold: CompiledThreshold;
}

/** Answers are remembered: the same few thousand targets are asked for ten times a second. */
const rememberedMax = 65_536;

export class ThresholdTable {
  readonly #entries: readonly Entry[];
  readonly #remembered = new Map<string, CompiledThreshold | null>();

  /**
   * A threshold without targets is for every protected prefix. The longest prefix wins; of equal ones the first.
   * @param protect Prefixes that are protected: nothing outside has a threshold.
   */
  constructor(thresholds: readonly CompiledThreshold[], protect: readonly string[]) {
    const own = (threshold: CompiledThreshold): Entry[] =>
      threshold.targets.map((cidr) => ({ prefix: parseCidr(cidr), threshold }));
    const everywhere = thresholds.filter((threshold) => threshold.targets.length === 0);
    const general = everywhere.flatMap((threshold) =>
      ['0.0.0.0/0', '::/0'].map((cidr) => ({ prefix: parseCidr(cidr), threshold })),
    );
    this.#entries = [...thresholds.flatMap(own), ...general].sort(
      (a, b) => b.prefix.length - a.prefix.length,
    );
    this.#protect = protect.map((cidr) => parseCidr(cidr));
  }

  readonly #protect: readonly IpPrefix[];

  for(target: string): CompiledThreshold | null {
    const known = this.#remembered.get(target);
    if (known !== undefined) return known;
    const address = parseAddress(target);
    const isProtected = this.#protect.some((prefix) => cidrContains(prefix, address));
    const entry = isProtected ? this.#entries.find(({ prefix }) => cidrContains(prefix, address)) : undefined;
    const threshold = entry?.threshold ?? null;
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    this.#remembered.set(target, threshold);
    return threshold;
  }
}

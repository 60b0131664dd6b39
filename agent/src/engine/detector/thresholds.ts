/** Which threshold is for which target. */
import { cidrContains, parseAddress, parseCidr } from '@tidegate/schemas';
import type { CompiledThreshold, IpAddress, IpPrefix } from '@tidegate/schemas';

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

  /** @param target An address, or a prefix: that of the threshold for all of it. */
  for(target: string): CompiledThreshold | null {
    const known = this.#remembered.get(target);
    if (known !== undefined) return known;
    const [address, lengthMin] = readTarget(target);
    const holds = (prefix: IpPrefix): boolean => prefix.length <= lengthMin && cidrContains(prefix, address);
    const isProtected = this.#protect.some(holds);
    const entry = isProtected ? this.#entries.find(({ prefix }) => holds(prefix)) : undefined;
    const threshold = entry?.threshold ?? null;
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    this.#remembered.set(target, threshold);
    return threshold;
  }
}

/** An address, and how long a prefix that holds it all may be at most. */
function readTarget(target: string): [IpAddress, number] {
  if (!target.includes('/')) return [parseAddress(target), 128];
  const { family, bytes, length } = parseCidr(target);
  return [{ family, bytes, text: target }, length];
}

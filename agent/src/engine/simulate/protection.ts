/** Which addresses are protected; answers are remembered, because the same ones are asked for in every window. */
import { cidrContains, parseAddress, parseCidr } from '@tidegate/schemas';
import type { IpPrefix } from '@tidegate/schemas';

const answersMax = 65_536;

export class Protection {
  readonly #prefixes: readonly IpPrefix[];
  readonly #answers = new Map<string, boolean>();

  constructor(protect: readonly string[]) {
    this.#prefixes = protect.map((cidr) => parseCidr(cidr));
  }

  /** @param target Canonical text of an address. */
  has(target: string): boolean {
    const known = this.#answers.get(target);
    if (known !== undefined) return known;
    const address = parseAddress(target);
    const answer = this.#prefixes.some((prefix) => cidrContains(prefix, address));
    if (this.#answers.size >= answersMax) this.#answers.clear();
    this.#answers.set(target, answer);
    return answer;
  }
}

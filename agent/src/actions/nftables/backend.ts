/** The backend: looks, decides on one transaction, runs it. The kernel is the only memory. */
import { TidegateError, parseCidr } from '@tidegate/schemas';
import { inTurn } from '../../kernel/in-turn.ts';
import { NftRefusal, openNftables, type Nftables } from '../../kernel/libnftables.ts';
import type { InstalledRule, RuleBackend, RuleRequest } from '../backend.ts';
import { readListing, type ListedRule, type TableState } from './listing.ts';
import { planNftables } from './plan.ts';
import { installStatements, removeStatements, renewStatements, tableStatements } from './statements.ts';

export interface NftablesOptions {
  /** Name of our table. Begins with a letter. */
  readonly instance: string;
  /** Source prefixes that no rule drops. */
  readonly safelist: readonly string[];
}

export interface NftablesBackend extends RuleBackend {
  /** Replaces the safelist, also below rules that are in force, in one transaction. */
  setSafelist(prefixes: readonly string[]): Promise<void>;
}

/** Most rules at a time: a packet is compared with each of them in turn. */
const rulesMax = 64;

/**
 * Opens the backend in the network namespace of the calling thread. Nothing is made in the kernel before the first
 * `apply`; a table left by an earlier process is adopted.
 *
 * Rejects with TG2010 (no library, no permission) or TG2011 (the table is somebody else's).
 */
export async function openNftablesBackend(options: NftablesOptions): Promise<NftablesBackend> {
  if (!/^[a-z][a-z0-9_-]*$/.test(options.instance)) {
    throw new TidegateError('TG2010', `instance "${options.instance}": a table's name begins with a letter.`);
  }
  const backend = new Backend(openNftables(), options);
  try {
    await backend.setSafelist(options.safelist);
  } catch (error) {
    backend.close();
    throw error;
  }
  return backend;
}

class Backend implements NftablesBackend {
  readonly name = 'nftables';
  private readonly inOrder = inTurn();
  private readonly nft: Nftables;
  private readonly instance: string;
  private safelist: readonly string[];
  /** A look that has not begun yet; whoever asks before the next change shares it. */
  private nextLook: Promise<TableState> | null = null;

  constructor(nft: Nftables, { instance, safelist }: NftablesOptions) {
    this.nft = nft;
    this.instance = instance;
    this.safelist = safelist;
  }

  plan(rule: RuleRequest) {
    return planNftables(rule);
  }

  async apply(rule: RuleRequest): Promise<void> {
    const refusal = planNftables(rule);
    if (refusal !== null) throw new TidegateError('TG2002', `${rule.id}: ${refusal.reason}.`);
    await this.change(async () => {
      const state = this.refuseForeign(await this.lookNow());
      const rules = state.kind === 'ours' ? state.rules : [];
      const inForce = rules.filter(isInForce);
      const ended = rules.filter((listed) => !isInForce(listed));
      const table = state.kind === 'ours' ? [] : tableStatements(this.instance, this.safelist);
      const known = inForce.some(({ id }) => id === rule.id);
      if (!known && inForce.length >= rulesMax) {
        throw new TidegateError(
          'TG2003',
          `${rule.id}: ${rulesMax} rules are installed, and that is the most.`,
        );
      }
      await this.run([
        ...table,
        ...ended.flatMap((listed) => removeStatements(this.instance, listed)),
        ...(known ? renewStatements(this.instance, rule) : installStatements(this.instance, rule)),
      ]);
    });
  }

  async readBack(id: string): Promise<InstalledRule | null> {
    return rulesInForce(await this.look()).find((rule) => rule.id === id) ?? null;
  }

  async list(): Promise<InstalledRule[]> {
    return this.change(async () => {
      const state = await this.lookNow();
      const ended = state.kind === 'ours' ? state.rules.filter((rule) => !isInForce(rule)) : [];
      if (ended.length > 0) await this.run(ended.flatMap((rule) => removeStatements(this.instance, rule)));
      return rulesInForce(state);
    });
  }

  async remove(id: string): Promise<InstalledRule | null> {
    return this.change(async () => {
      const state = await this.lookNow();
      const listed = state.kind === 'ours' ? state.rules.find((rule) => rule.id === id) : undefined;
      if (listed === undefined) return null;
      await this.run(removeStatements(this.instance, listed));
      return isInForce(listed) ? installedRule(listed) : null;
    });
  }

  async removeAll(): Promise<number> {
    return this.change(async () => {
      const state = await this.lookNow();
      if (state.kind === 'ours') await this.run([`delete table inet ${this.instance}`]);
      return rulesInForce(state).length;
    });
  }

  async setSafelist(prefixes: readonly string[]): Promise<void> {
    // Read and written anew, so that nothing but a prefix can get into a command.
    const safelist = prefixes.map((prefix) => parseCidr(prefix).text);
    await this.change(async () => {
      const state = this.refuseForeign(await this.lookNow());
      if (state.kind === 'ours') await this.run(tableStatements(this.instance, safelist));
      this.safelist = safelist;
    });
  }

  close(): void {
    this.nft.close();
  }

  private look(): Promise<TableState> {
    this.nextLook ??= this.inOrder(async () => {
      this.nextLook = null;
      return this.lookNow();
    });
    return this.nextLook;
  }

  private change<T>(step: () => Promise<T>): Promise<T> {
    this.nextLook = null;
    return this.inOrder(step);
  }

  private async lookNow(): Promise<TableState> {
    return await lookAtTable(this.nft, this.instance);
  }

  private async run(statements: readonly string[]): Promise<void> {
    try {
      await this.nft.run(statements.join('\n'));
    } catch (error) {
      throw asTidegateError(error);
    }
  }

  private refuseForeign(state: TableState): TableState {
    if (state.kind !== 'foreign') return state;
    throw new TidegateError('TG2011', `The table inet ${this.instance} exists and was not made by Tidegate.`);
  }
}

/** What stands in the kernel under the name of an instance. */
export async function lookAtTable(nft: Nftables, instance: string): Promise<TableState> {
  try {
    return readListing(await nft.run(`list table inet ${instance}`));
  } catch (error) {
    if (error instanceof NftRefusal && error.message.includes('No such file or directory'))
      return { kind: 'absent' };
    throw asTidegateError(error);
  }
}

const isInForce = (rule: ListedRule): boolean => rule.expiresInMs !== null;

const rulesInForce = (state: TableState): InstalledRule[] =>
  state.kind === 'ours' ? state.rules.filter(isInForce).map(installedRule) : [];

const installedRule = ({ id, packets, bytes, expiresInMs, verdict }: ListedRule): InstalledRule => ({
  id,
  packets,
  bytes,
  expiresInMs: expiresInMs ?? 0,
  verdict,
});

/** What nft refused, as TG2010 or TG2003. */
export function asTidegateError(error: unknown): Error {
  if (!(error instanceof NftRefusal)) return error instanceof Error ? error : new Error(String(error));
  const code = error.message.includes('Operation not permitted') ? 'TG2010' : 'TG2003';
  return new TidegateError(code, `nft: ${error.message}`, { cause: error });
}

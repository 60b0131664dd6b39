/** Looks whether rules could be installed, from beside an agent that may be running: nothing is changed. */
import { openNftables } from '../../kernel/libnftables.ts';
import type { RuleRequest } from '../backend.ts';
import { asTidegateError, lookAtTable } from './backend.ts';
import type { TableState } from './listing.ts';
import { installStatements, tableStatements } from './statements.ts';

/** Any rule: what is asked is whether this kernel has what rules of ours are made of. */
const rule: RuleRequest = {
  id: 'mit-0000000000000000',
  match: { destination: '203.0.113.1/32', protocol: 17, sourcePorts: [{ from: 53, to: 53 }] },
  ttlMs: 1000,
  verdict: 'drop',
};

/**
 * Has the kernel check a table and a rule of ours, and throws them away; says what stands there under our name.
 *
 * Rejects with TG2010 (no library, no permission) or TG2003 (this kernel lacks what a rule needs).
 */
export async function examineNftables(instance: string): Promise<TableState['kind']> {
  const nft = openNftables();
  try {
    const { kind } = await lookAtTable(nft, instance);
    if (kind !== 'foreign')
      await nft.check([...tableStatements(instance, []), ...installStatements(instance, rule)].join('\n'));
    return kind;
  } catch (error) {
    throw asTidegateError(error);
  } finally {
    nft.close();
  }
}

/** Which program is on an interface, and whose it is. */
import type { XdpMode } from '../../kernel/xdp-link.ts';
import type { Context } from './context.ts';

export type Attached =
  | { readonly kind: 'none' }
  | { readonly kind: 'ours'; readonly id: number; readonly mode: XdpMode | 'other' }
  | { readonly kind: 'foreign'; readonly id: number; readonly mode: XdpMode | 'other' }
  /** There is one, and this user may not know whose. */
  | { readonly kind: 'unknown'; readonly id: number; readonly mode: XdpMode | 'other' };

/** Throws TG2001 where libbpf is missing. */
export function attachedTo({ host, instance }: Context, interfaceIndex: number): Attached {
  const { programId: id, mode } = host.xdpOn(interfaceIndex);
  if (id === 0) return { kind: 'none' };
  const own = host.ownPrograms(instance);
  if (own === 'denied') return { kind: 'unknown', id, mode };
  return { kind: own.get(interfaceIndex) === id ? 'ours' : 'foreign', id, mode };
}

/** Runs a check on each interface that was chosen. */
import type { LinkState } from '../../kernel/link.ts';
import { skipped, type Result } from './check.ts';
import type { Context } from './context.ts';

/** `look` is asked for those that exist; the others are told once, by the check of the link. */
export function onEachInterface(
  { host, interfaces }: Context,
  look: (name: string, link: LinkState) => Result,
): Result[] {
  return interfaces.names.map((name) => {
    const link = host.link(name);
    const result = link === null ? skipped('there is no such interface') : look(name, link);
    return { ...result, subject: name };
  });
}

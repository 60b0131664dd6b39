/**
 * FlowSpec (RFC 8955, RFC 8956): what a router can be told of traffic, in one neutral form.
 *
 * ```ts
 * const rule = { match: flowspecMatch(match), actions: [{ type: 'discard' }] };
 * if (flowspecProblems(rule).length === 0) run(gobgpCommand(rule));
 * ```
 * Promises: a rule without problems ends no BGP session; rules that mean the same have the same bytes; nothing here throws,
 * whatever it is given to check or to decode.
 */
export { readBirdFlow } from './bird.ts';
export { flowspecMatch } from './from-match.ts';
export { gobgpCommand } from './gobgp.ts';
export { encodeNlri } from './nlri.ts';
export type { FlowspecAction, FlowspecMatch, FlowspecRule } from './rule.ts';
export { flowspecProblems } from './validate.ts';

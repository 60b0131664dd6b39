/**
 * Rules as text that a person can paste, or a backend can run.
 *
 * Promises: nothing but what the match says gets into the text, and of that nothing but numbers and prefixes that were
 * read and written anew.
 */
export { asksTransportHeader, matchExpression } from './nft-expression.ts';
export { nftablesDrop, nftablesLimit, nftablesSynproxy } from './nft-blocks.ts';

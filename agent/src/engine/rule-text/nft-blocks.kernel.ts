/** What is suggested is taken by nft, alone and all together, and can be taken back with one command. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nftablesDrop, nftablesLimit, nftablesSynproxy } from './index.ts';

const namespace = `tg-${process.pid}-rules`;
const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
const nft = (input: string): string =>
  execFileSync('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input, encoding: 'utf8' });

beforeAll(() => void ip('netns', 'add', namespace));
afterAll(() => void ip('netns', 'del', namespace));

const ranges = [
  { from: 53, to: 53 },
  { from: 1000, to: 2000 },
];
const matches = ['203.0.113.10/32', '2001:db8::10/128', '203.0.113.0/24', '2001:db8::/48'].flatMap(
  (destination) => [
    { destination, protocol: 47 },
    { destination, protocol: 17, sourcePorts: ranges, packetLengths: ranges },
    { destination, protocol: 6, destinationPorts: ranges, tcpFlags: { mask: 23, value: 2 } },
    { destination, source: destination, protocol: 1 },
  ],
);
const blocks = matches.flatMap((match) => [
  nftablesDrop(match),
  nftablesLimit(match, 1000),
  ...(match.protocol === 6 ? [nftablesSynproxy({ ...match, tcpFlags: undefined } as never)] : []),
]);

it.each(blocks)('alone: %s', (block) => {
  nft(block);
  nft('delete table inet tidegate_suggested');
});

it('all together, and gone at once', () => {
  nft(blocks.join('\n'));
  nft('delete table inet tidegate_suggested');
  expect(ip('netns', 'exec', namespace, 'nft', 'list', 'ruleset')).toBe('');
});

/** A policy with a threat feed of a million addresses and a hundred thousand prefixes, as its publisher would write it. */
import { SeededRandom } from '../../engine/generator/random.ts';
import { commitFiles } from '../../testkit/repositories.ts';
import { labPolicy, type Scene } from '../../testkit/scene/index.ts';

const addresses = { ipv4: 800_000, ipv6: 200_000 };
const prefixes = { ipv4: 80_000, ipv6: 20_000 };

export function pushMillion(scene: Scene, seed: string): void {
  const policy = `${labPolicy()}---
apiVersion: tidegate/v1
kind: ThreatFeed
metadata: { name: million }
spec:
  source: { path: million.txt }
  format: plain
`;
  commitFiles(
    scene.policyRepository,
    { 'lab.yaml': policy, 'million.txt': listOf(seed) },
    'A million indicators',
  );
}

/** Resolves when the agent has the set in force. */
export async function hasMillion(scene: Scene): Promise<void> {
  await scene.until(({ heartbeat: { indicators } }) => (indicators?.effective ?? null) !== null);
}

function listOf(seed: string): string {
  const random = new SeededRandom(`feed ${seed}`);
  const ipv4 = (): number => random.integer(1, 223) * 2 ** 24 + random.integer(0, 2 ** 24 - 1);
  const dotted = (value: number): string =>
    [value / 2 ** 24, value / 2 ** 16, value / 2 ** 8, value].map((part) => Math.floor(part) & 255).join('.');
  const word = (): string => random.integer(0, 0xffff).toString(16);
  const network = (): string => `${(0x2000 + random.integer(0, 0xfff)).toString(16)}:${word()}`;
  const lines: string[] = [];
  for (let count = 0; count < addresses.ipv4; count++) lines.push(dotted(ipv4()));
  for (let count = 0; count < addresses.ipv6; count++)
    lines.push(`${network()}:${word()}:${word()}:${word()}:${word()}:${word()}:${word()}`);
  for (let count = 0; count < prefixes.ipv4; count++) {
    const length = random.integer(16, 31);
    lines.push(`${dotted(Math.floor(ipv4() / 2 ** (32 - length)) * 2 ** (32 - length))}/${length}`);
  }
  for (let count = 0; count < prefixes.ipv6; count++) lines.push(`${network()}:${word()}::/48`);
  return `${lines.join('\n')}\n`;
}

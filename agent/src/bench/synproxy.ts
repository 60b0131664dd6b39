/**
 * Who gets through a flood of spoofed SYNs, with our SYN cookies and without: see datapath/synproxy.ts for how it is
 * measured and what the figures mean. Needs root and nft.
 *
 * `npm run bench -- synproxy`
 */
import { measureSynproxy } from './datapath/synproxy.ts';

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
try {
  const figures = await measureSynproxy({ onPart: (name) => process.stderr.write(`synproxy: ${name}\n`) });
  console.log(JSON.stringify({ schema: 'tidegate/bench/v1', name: 'synproxy', figures }));
} catch (error) {
  process.stderr.write(
    `synproxy: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 2;
}

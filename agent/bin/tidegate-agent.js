#!/usr/bin/env -S node --max-semi-space-size=4
// A young generation of at most 4 MiB a half, 16 by default: the agent must stay small in a flood, and with less it collects all the time.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main/cli.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('tidegate-agent is not built yet: run `npm run setup` in the repository\n');
  process.exit(2);
}
await import(main.href);

#!/usr/bin/env -S node --max-semi-space-size=2
// A young generation of 2 MiB instead of 16: the agent allocates little at a time, and must stay small in a flood.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main/cli.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('tidegate-agent is not built yet: run `npm run setup` in the repository\n');
  process.exit(2);
}
await import(main.href);

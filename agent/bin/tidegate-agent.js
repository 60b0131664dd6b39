#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main/cli.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('tidegate-agent is not built yet: run `npm run setup` in the repository\n');
  process.exit(2);
}
await import(main.href);

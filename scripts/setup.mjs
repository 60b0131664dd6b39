// `node scripts/setup.mjs [--quiet] [--no-build]`: makes a clone ready to run. Safe to repeat, silent when done.
//
// This file and node-version.mjs keep to syntax that Node 12 parses and import nothing else at first: somebody with
// an old Node must read which one is needed, not a syntax error.
import { nodeVersionComplaint } from './setup/node-version.mjs';

var complaint = nodeVersionComplaint(process.versions.node);
if (complaint) {
  console.error(complaint);
  process.exitCode = 2;
} else {
  import('./setup/main.mjs').then(function (set) {
    return set.main(process.argv.slice(2));
  });
}

// `npm run demo`: attacks a lab on this machine and defends it, or replays recordings where there is no root.
//
//   --format text|json   json prints one summary as the last line of standard output; default text
//   --keep DIR           leaves DIR/policy.git, DIR/audit.git and DIR/trust.json behind
//   --mode kernel|replay default: kernel as root on Linux, else replay
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sweep } from '../../scripts/sweep.mjs';
import { summaryTable } from './terminal.js';

const options = readOptions();
const isJson = options.format === 'json';
const say = (line) => (isJson ? process.stderr : process.stdout).write(`${line}\n`);
process.exitCode = await main();

function readOptions() {
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  try {
    const { values } = parseArgs({
      options: {
        format: { type: 'string', default: 'text' },
        keep: { type: 'string' },
        mode: { type: 'string', default: asRoot ? 'kernel' : 'replay' },
      },
    });
    if (!['text', 'json'].includes(values.format))
      throw new Error(`--format ${values.format}: use text or json`);
    if (!['kernel', 'replay'].includes(values.mode))
      throw new Error(`--mode ${values.mode}: use kernel or replay`);
    if (values.keep !== undefined) refuseUsedFolder(resolve(values.keep));
    return values;
  } catch (error) {
    process.stderr.write(`demo: ${error.message}\n`);
    process.exit(2);
  }
}

function refuseUsedFolder(folder) {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0)
    throw new Error(`--keep ${folder}: the folder is not empty; name a new one`);
}

async function main() {
  const directory =
    options.keep === undefined ? mkdtempSync(join(tmpdir(), 'tidegate-demo-')) : resolve(options.keep);
  try {
    if (options.mode === 'kernel') sweep();
    return report(await tell(directory));
  } catch (error) {
    process.stderr.write(`demo: ${error.stack ?? error}\n`);
    return 1;
  } finally {
    if (options.keep === undefined) rmSync(directory, { recursive: true, force: true });
    else tidy(directory);
  }
}

async function tell(directory) {
  if (options.mode === 'kernel')
    return await (await import('./kernel-mode.js')).runKernelMode(directory, say);
  return await (await import('./replay-mode.js')).runReplayMode(directory, say);
}

/** Only what was promised stays: the repositories and the public keys. */
function tidy(directory) {
  const kept = new Set(['policy.git', 'audit.git', 'trust.json']);
  for (const name of readdirSync(directory)) {
    if (!kept.has(name)) rmSync(join(directory, name), { recursive: true, force: true });
  }
}

function report({ attacks, audit }) {
  const problems = attacks.flatMap((attack) => attack.problems);
  if (!audit.fsck.clean) problems.push(`git fsck of the audit repository: ${audit.fsck.text}`);
  if (!audit.verified) problems.push(`the audit log does not verify: ${audit.verifyText}`);
  say('\nThe audit repository');
  for (const line of audit.log) say(`  ${line}`);
  say(`\n${audit.verifyText}`);
  say('\nSummary');
  for (const line of summaryTable(attacks)) say(line);
  if (options.keep !== undefined) say(`\nLeft behind in ${options.keep}: policy.git, audit.git, trust.json`);
  for (const problem of problems) say(`MISSING: ${problem}`);
  if (problems.length === 0) say('\nEvery attack was detected, dropped, verified and recorded.');
  if (isJson) process.stdout.write(`${JSON.stringify(summaryOf(attacks, audit))}\n`);
  return problems.length === 0 ? 0 : 1;
}

function summaryOf(attacks, { records, commits, verified, fsck }) {
  return {
    schema: 'tidegate/demo/v1',
    mode: options.mode,
    attacks: attacks.map(
      ({ family, target, controllerUp, detectedMs, verifiedDropMs, legitimateLoss, onsetLoss }) => ({
        ...{ family, target, controllerUp, detectedMs, verifiedDropMs },
        ...{ legitimateLoss, onsetLoss },
      }),
    ),
    audit: { records, commits, verified: verified && fsck.clean },
  };
}

import { readFile } from 'node:fs/promises';
import { TidegateError } from '@tidegate/schemas';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { readLatest } from '../../audit/latest.ts';
import { readTrust, verifyLog } from '../../audit/verify/index.ts';
import { reasonOf } from '../../ports.ts';
import { latestText, verificationText } from '../audit-text.ts';
import { exit, type ExitCode, type Io } from '../io.ts';
import { progress } from '../progress.ts';

type Format = 'text' | 'json';

const formatOption = (): Option =>
  new Option('--format <format>', 'how the answer is printed').choices(['text', 'json']).default('text');

/** `tidegate audit …`: what can be done with an audit repository, offline. */
export function auditCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const audit = program.command('audit').description('read and verify an audit repository, offline');
  audit
    .command('verify')
    .description('verify every record; exit 1 and name the first bad one where the log does not hold')
    .argument('<repository>', 'audit repository, or a clone of it')
    .requiredOption('--keys <file>', 'trust.json of the controller: the public keys')
    .option('--witness <file>', 'a checkpoint that was kept elsewhere; the log must go on from it')
    .addOption(formatOption())
    .action(async (repository: string, options: { keys: string; witness?: string; format: Format }) => {
      const trust = await readTrust(options.keys);
      const witness = options.witness === undefined ? {} : { witness: await readText(options.witness) };
      const show = progress(io, 'records verified');
      const result = await verifyLog({ repository, trust, ...witness, onProgress: show.update });
      show.end();
      io.out(
        options.format === 'json'
          ? `${JSON.stringify(result)}\n`
          : verificationText(result, options.witness !== undefined),
      );
      done(result.verified ? exit.clean : exit.findings);
    });
  audit
    .command('show')
    .description('print the latest records, without verifying them')
    .argument('<repository>', 'audit repository, or a clone of it')
    .option('--limit <count>', 'how many records', positiveInteger, 20)
    .addOption(formatOption())
    .action(async (repository: string, { limit, format }: { limit: number; format: Format }) => {
      const entries = await readLatest(repository, limit);
      io.out(
        format === 'json'
          ? `${JSON.stringify({ schema: 'tidegate/audit-list/v1', entries })}\n`
          : latestText(entries),
      );
      done(exit.clean);
    });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new TidegateError('TG5003', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 to 999999.');
  return Number(text);
}

import { Option, type Command } from 'commander';
import { exit, printable, type ExitCode, type Io } from '../io.ts';

const formats = ['text', 'json', 'html'] as const;

interface Options {
  readonly format: (typeof formats)[number];
  readonly output?: string;
  readonly target?: string;
}

/** `tidegate analyze FILE`: what attack is in a capture, and what helps against it. */
export function analyzeCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  program
    .command('analyze')
    .description('tell what attack is in a capture (pcap, pcapng, also gzipped), and what helps against it')
    .argument('<file>', 'capture file, or - for standard input')
    .addOption(new Option('--format <format>', 'how the report is printed').choices(formats).default('text'))
    .option('--output <file>', 'write the report to a file instead of standard output')
    .option('--target <address>', 'look at one target only: an address, an IPv4 /24 or an IPv6 /48')
    .action(async (file: string, { format, output, target }: Options) => {
      // Only this command needs the engine; `validate` in an editor or a hook must not pay for loading it.
      const { analyzeFile, putReport, reportFormats } = await import('../analyze/index.ts');
      const analysis = await analyzeFile(io, file, target);
      await putReport(io, reportFormats[format](analysis), output);
      const { partial } = analysis;
      if (partial !== null)
        io.err(`partial: ${printable(`${file}: ${partial.reason}`)}, at byte ${partial.atByte}\n`);
      done(exit.clean);
    });
}

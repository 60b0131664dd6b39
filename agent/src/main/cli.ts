/** `tidegate-agent`: the daemon, and what a person says to it. Exit codes: 0 done, 1 refused or not done, 2 could not run. */
import { userInfo } from 'node:os';
import { Command, CommanderError } from 'commander';
import { TidegateError } from '@tidegate/schemas';
import type { ControlRequest, ControlResponse } from '@tidegate/schemas';
import { askAgent } from '../control/client.ts';
import { explanationText } from '../engine/explain/index.ts';
import { baselineRequest } from './baseline-request.ts';
import type { BaselineOptions } from './baseline-request.ts';
import { renderBaseline } from './baseline-text.ts';
import { controlSocket, loadSettings } from './config.ts';
import type { RecordOptions } from './record-command.ts';
import { runDaemon } from './run.ts';
import { loadSiteSettings } from './speakers.ts';
import { renderStatus } from './status.ts';
import { stopByForce } from './stop-by-force.ts';
import { agentVersion } from './version.ts';

interface Common {
  readonly config: string;
  readonly format: string;
}

const answerMs = 3000;
const by = (): string => `${userInfo().username} on the node`;

function program(): Command {
  const root = new Command('tidegate-agent')
    .description('Detects and stops DDoS attacks on this server, by the policy that comes from git.')
    .version(agentVersion)
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  const command = (name: string, description: string): Command =>
    root
      .command(name)
      .description(description)
      .exitOverride()
      .option('--config <file>', 'configuration of the agent', '/etc/tidegate/agent.yaml');
  const asking = (name: string, description: string): Command =>
    command(name, description).option('--format <format>', 'text or json', 'text');

  command('run', 'Watches and defends until it is stopped.').action(async ({ config }: Common) => {
    await runDaemon(loadSettings(config));
  });
  root
    .command('speaker')
    .description('Owns the BGP routes of a site, for many agents, until it is stopped.')
    .exitOverride()
    .option('--config <file>', 'configuration of the speaker', '/etc/tidegate/speaker.yaml')
    .action(async ({ config }: Pick<Common, 'config'>) => {
      const { runSite } = await import('./site.ts');
      await runSite(loadSiteSettings(config));
    });
  addQuestions(asking);
  addOrders(asking);
  addTools(asking);
  return root;
}

type Declare = (name: string, description: string) => Command;

/** What a person asks a running agent. */
function addQuestions(asking: Declare): void {
  asking('status', 'Shows rates, incidents and rules in force.').action(async (options: Common) => {
    await ask(options, { schema: 'tidegate/control/v1', command: 'status' });
  });
  asking('explain', 'Says why an incident was opened, named and answered as it was.')
    .argument('[incident]', 'id of the incident, such as inc-0123456789abcdef; the latest without one')
    .addHelpText('after', '\nThe last 64 incidents are remembered, also those that are closed.')
    .action(async (incident: string | undefined, options: Common) => {
      await ask(options, {
        schema: 'tidegate/control/v1',
        command: 'explain',
        incident: incident ?? null,
      });
    });
  asking('baseline', 'Shows what was learned of usual traffic, and lets it be corrected.')
    .argument('[target]', 'address or protected prefix; all of them without one')
    .option('--pin <volume=rate>', 'take this for usual, such as packets=5kpps or bits=40Mbps')
    .option('--unpin <volume>', 'go by what was learned again')
    .option('--reset', 'forget what was learned; pins stay')
    .addHelpText(
      'after',
      '\nVolumes: packets, bits, syn, tcp, udp, icmp, fragments, other.\n--format json without a target exports all of it.',
    )
    .action(async (target: string | undefined, options: Common & BaselineOptions) => {
      await ask(options, baselineRequest(target ?? null, options, by()));
    });
  asking('record', 'Writes what the agent sees into a file, for simulations and policy tests.')
    .requiredOption(
      '--output <file>',
      'recording to write, such as launch-day.ndjson.gz; must not be there yet',
    )
    .option('--duration <time>', 'how long, such as 10m; Ctrl-C ends it in order before', '10m')
    .option('--samples <count>', 'sampled packets to keep of each window of 100 ms, 0 for none', '64')
    .option('--anonymise', 'replace source addresses, prefixes kept; the key is forgotten')
    .option('--max-bytes <count>', 'end before it would be larger, unpacked', '1073741824')
    .action(async (options: Common & Omit<RecordOptions, 'format' | 'by'>) => {
      const { runRecord } = await import('./record-command.ts');
      process.exitCode = await runRecord({ ...options, format: formatOf(options), by: by() });
    });
}

/** What a person orders a running agent, or in its place. */
function addOrders(asking: Declare): void {
  asking('release', 'Lifts the mitigations of one incident, or of all.')
    .argument('[incident]', 'id of the incident, such as inc-0123456789abcdef')
    .action(async (incident: string | undefined, options: Common) => {
      await ask(options, {
        schema: 'tidegate/control/v1',
        command: 'release',
        incident: incident ?? null,
        by: by(),
      });
    });
  asking('stop-all', 'Kill switch: removes every rule, and acts no more until `lift`.').action(
    async (options: Common) => {
      await ask(
        options,
        { schema: 'tidegate/control/v1', command: 'stop-all', by: by() },
        async () => await stopByForce(loadSettings(options.config), by()),
      );
    },
  );
  asking('lift', 'Ends stop-all.').action(async (options: Common) => {
    await ask(options, { schema: 'tidegate/control/v1', command: 'lift', by: by() });
  });
}

/** What is done beside the agent. */
function addTools(asking: Declare): void {
  asking('doctor', 'Says what keeps this machine from being defended, and what to do; changes nothing.')
    .option('--interface <name...>', 'look at these instead of those that the policy names')
    .addHelpText(
      'after',
      '\nExit code: 0 without a failure (warnings are none), 1 with one, 2 if it could not run.',
    )
    .action(async (options: Common & { interface?: string[] }, self: Command) => {
      const { runDoctor } = await import('./doctor/command.ts');
      process.exitCode = await runDoctor({
        config: options.config,
        isConfigNamed: self.getOptionValueSource('config') !== 'default',
        interfaces: options.interface ?? [],
        format: formatOf(options),
      });
    });
  asking('attach', 'As root, once: puts the XDP program beside others, through the dispatcher of libxdp.')
    .option('--interface <name...>', 'these instead of those that the policy names')
    .option('--priority <number>', 'programs of a dispatcher run in ascending order of it', '10')
    .option('--detach', 'takes it out again, and leaves the others')
    .action(async (options: Common & { interface?: string[]; priority: string; detach?: true }) => {
      const { runAttach } = await import('./attach-command.ts');
      const { config, interface: interfaces = [], priority, detach: isDetach = false } = options;
      await runAttach({ config, interfaces, priority, isDetach, format: formatOf(options) });
    });
}

function formatOf({ format }: Common): 'text' | 'json' {
  if (format === 'text' || format === 'json') return format;
  throw new TidegateError('TG5001', `--format ${format}: use text or json.`);
}

/** Asks the agent; `force` is what to do when it is absent or hangs. */
async function ask(
  options: Common,
  request: ControlRequest,
  force?: () => Promise<ControlResponse>,
): Promise<void> {
  const format = formatOf(options);
  const path = controlSocket(loadSettings(options.config));
  const asked = await askAgent(path, request, answerMs);
  if ('answer' in asked) {
    print(asked.answer, format);
    return;
  }
  if (force === undefined) {
    const why = {
      absent: `no agent is running behind ${path}`,
      hangs: `the agent behind ${path} does not answer`,
      garbled: `the agent behind ${path} is of another version: its answer cannot be read`,
    }[asked.silent];
    throw new TidegateError('TG2009', why);
  }
  print(await force(), format);
}

function print(answer: ControlResponse, format: 'text' | 'json'): void {
  if (answer.schema === 'tidegate/control-error/v1') {
    process.stderr.write(`${answer.code} ${answer.message}\n`);
    process.exitCode = 1;
    return;
  }
  if (format === 'json') process.stdout.write(`${JSON.stringify(answer)}\n`);
  else if (answer.schema === 'tidegate/control-status/v1') process.stdout.write(renderStatus(answer));
  else if (answer.schema === 'tidegate/control-baseline/v1') process.stdout.write(renderBaseline(answer));
  else if (answer.schema === 'tidegate/explanation/v1') process.stdout.write(explanationText(answer));
  else if (answer.schema === 'tidegate/control-done/v1')
    process.stdout.write(`done; ${String(answer.removed)} rules removed\n`);
}

// Who reads only the first lines (head) has what they wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof TidegateError) {
    process.stderr.write(`${error.code} ${error.entry.title}: ${error.message}\n  ${error.entry.fix}\n`);
    process.exitCode = 2;
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 2;
  }
}

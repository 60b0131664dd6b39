/**
 * Two real BGP speakers with a session between them, in one network namespace: gobgpd, which takes routes, and BIRD, which
 * is strict, shows what it got, and gives blackholes to the kernel.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLab } from '../netns.ts';
import { startProcess } from '../process.ts';
import type { RunningProcess } from '../process.ts';
import { viewOf } from './bird.ts';
import type { BirdView } from './bird.ts';
import { birdConfig, gobgpdConfig } from './configs.ts';
import { loseHalf } from './loss.ts';

export interface BgpPair extends BirdView {
  /** Runs commands of the `gobgp` tool, one a line; throws where one fails. */
  gobgp(commands: readonly string[]): void;
  /** Where gobgpd's gRPC interface listens: `unix://…`. */
  readonly address: string;
  /** BIRD's control socket. */
  readonly control: string;
  /** Blackholes in the kernel of the namespace, IPv4 and IPv6. */
  blackholes(): string[];
  /** Ends gobgpd at once, as a crash does. */
  killGobgpd(): Promise<void>;
  startGobgpd(): Promise<void>;
  /** From now on every other packet between the two is lost, by chance and both ways; until what is returned is called. */
  loseHalf(): () => void;
  stop(): Promise<void>;
}

export interface BgpPairOptions {
  /** Whether the router takes a rule only from whom it has the route to the destination. @default false */
  readonly validates?: boolean;
}

export async function startBgpPair({ validates = false }: BgpPairOptions = {}): Promise<BgpPair> {
  const directory = mkdtempSync(join(tmpdir(), `tg-${process.pid}-bgp-`));
  const lab = createLab({ label: 'bgp' });
  const namespace = lab.namespaces.net;
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const socketFile = join(directory, 'gobgp.sock');
  const socket = `unix://${socketFile}`;
  const control = join(directory, 'bird.ctl');
  const config = file('gobgpd.toml', gobgpdConfig);
  const startGobgpd = async (): Promise<RunningProcess> => {
    // What a killed one left there would keep the next one without an interface.
    rmSync(socketFile, { force: true });
    return await startProcess({
      name: 'gobgpd',
      command: 'gobgpd',
      args: ['-f', config, '--api-hosts', socket],
      namespace,
      // Said of the first neighbour: the API listens by then.
      ready: /Add a peer/i,
    });
  };
  let gobgpd = await startGobgpd();
  const bird = await startProcess({
    name: 'bird',
    command: 'bird',
    args: ['-f', '-c', file('bird.conf', birdConfig(join(directory, 'bird.log'), validates)), '-s', control],
    namespace,
    ready: /State changed to up/,
  });
  return {
    gobgp(commands) {
      const script = commands.map((command) => command.replace(/^gobgp /, `gobgp --target '${socket}' `));
      execFileSync('nsenter', [`--net=/run/netns/${namespace}`, 'sh', '-e'], {
        input: script.join('\n'),
        stdio: ['pipe', 'ignore', 'pipe'],
      });
    },
    address: socket,
    control,
    blackholes: () =>
      ['-4', '-6'].flatMap((family) =>
        execFileSync('ip', [family, '-n', namespace, 'route', 'show', 'type', 'blackhole'], {
          encoding: 'utf8',
        })
          .split('\n')
          .flatMap((line) => /^blackhole (\S+)/.exec(line)?.[1] ?? []),
      ),
    async killGobgpd() {
      await gobgpd.stop('SIGKILL');
    },
    async startGobgpd() {
      gobgpd = await startGobgpd();
    },
    loseHalf: () => loseHalf(lab, namespace),
    ...viewOf(bird, control),
    async stop() {
      await bird.stop();
      await gobgpd.stop();
      lab.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

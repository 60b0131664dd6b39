/**
 * Two real BGP speakers with a FlowSpec session between them, in one network namespace: gobgpd, which takes rules, and
 * BIRD, which is strict and shows what it got.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLab } from '../netns.ts';
import { startProcess } from '../process.ts';

export interface BgpPair {
  /** Runs commands of the `gobgp` tool, one a line; throws where one fails. */
  gobgp(commands: readonly string[]): void;
  /** What BIRD has, as it prints it. */
  flows(): string[];
  /** How often the session came up since the start. */
  sessions(): number;
  /** What BIRD holds against its peer, one a line. */
  complaints(): string[];
  stop(): Promise<void>;
}

const gobgpdConfig = `[global.config]
  as = 65001
  router-id = "192.0.2.1"
  port = 1790
  local-address-list = ["127.0.0.1"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "127.0.0.2"
    peer-as = 65002
  [neighbors.transport.config]
    passive-mode = true
  [neighbors.ebgp-multihop.config]
    enabled = true
    multihop-ttl = 5
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-flowspec"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-flowspec"
`;

const birdConfig = (log: string): string => `router id 192.0.2.2;
log "${log}" all;
log stderr all;
flow4 table flowtab4;
flow6 table flowtab6;
protocol device {}
protocol bgp gobgp {
  debug { states };
  local 127.0.0.2 port 1791 as 65002;
  strict bind yes;
  neighbor 127.0.0.1 port 1790 as 65001;
  multihop 5;
  connect delay time 1;
  connect retry time 1;
  flow4 { table flowtab4; import all; export none; };
  flow6 { table flowtab6; import all; export none; };
}
`;

export async function startBgpPair(): Promise<BgpPair> {
  const directory = mkdtempSync(join(tmpdir(), `tg-${process.pid}-bgp-`));
  const lab = createLab({ label: 'bgp' });
  const namespace = lab.namespaces.net;
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const socket = `unix://${join(directory, 'gobgp.sock')}`;
  const control = join(directory, 'bird.ctl');
  const config = file('gobgpd.toml', gobgpdConfig);
  const gobgpd = await startProcess({
    name: 'gobgpd',
    command: 'gobgpd',
    args: ['-f', config, '--api-hosts', socket],
    namespace,
    // Said of the first neighbour: the API listens by then.
    ready: /Add a peer/i,
  });
  const bird = await startProcess({
    name: 'bird',
    command: 'bird',
    args: ['-f', '-c', file('bird.conf', birdConfig(join(directory, 'bird.log'))), '-s', control],
    namespace,
    ready: /State changed to up/,
  });
  const birdc = (...words: string[]): string =>
    execFileSync('birdc', ['-s', control, ...words], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const said = (pattern: RegExp): string[] =>
    bird
      .output()
      .split('\n')
      .filter((line) => pattern.test(line));
  return {
    gobgp(commands) {
      const script = commands.map((command) => command.replace(/^gobgp /, `gobgp --target '${socket}' `));
      execFileSync('nsenter', [`--net=/run/netns/${namespace}`, 'sh', '-e'], {
        input: script.join('\n'),
        stdio: ['pipe', 'ignore', 'pipe'],
      });
    },
    flows: () =>
      [4, 6].flatMap((family) =>
        [...birdc('show', 'route', 'table', `flowtab${family}`).matchAll(/flow[46] \{.*?\}/g)].map(
          ([text]) => text,
        ),
      ),
    sessions: () => said(/State changed to up/).length,
    complaints: () => said(/<RMT>|bogus/),
    async stop() {
      await bird.stop();
      await gobgpd.stop();
      lab.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

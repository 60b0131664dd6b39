/**
 * What the agent itself takes while every CPU is busy with a flood: the real daemon under the real policy, flooded at
 * full rate from every CPU, with the controller dead. What a network card's softirq does is done here in the senders'
 * own time, at the priority of ksoftirqd (0), which is what softirqs are left to in a flood; the agent has that of its
 * service (-10).
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { labAddresses } from '../../testkit/netns.ts';
import { addressList, floodMix, startMixSender, type MixSender } from '../../testkit/mix/index.ts';
import { createScene, labPolicy, type Scene } from '../../testkit/scene/index.ts';
import { cpus, type Stage } from './stage.ts';

const idleMs = 5_000;
const floodMs = 60_000;
const packetsPerSend = 1_000_000;
const lookEveryMs = 1_000;
const asService = ['nice', '-n', '-10'];
/** USER_HZ, which is 100 on every architecture that Node runs on. */
const jiffyMs = 10;

export interface AgentFigures {
  /** User-space CPU time, share of one core. */
  readonly idleCpuShare: number;
  readonly cpuShare: number;
  /** Greatest anonymous memory during the flood, MB of 10^6 bytes. */
  readonly rssAnonMB: number;
  readonly tickLateMsP99: number;
  readonly tickMissed: number;
  readonly packetsPerSecond: number;
}

/**
 * @param prepare Changes the scene before the agent starts.
 * @param ready Resolves when the agent holds what it is measured with.
 */
export async function measureAgent(
  stage: Stage,
  label: string,
  prepare: (scene: Scene) => void = () => undefined,
  ready: (scene: Scene) => Promise<void> = async () => undefined,
): Promise<AgentFigures> {
  stage.say(`the agent under a flood (${label})`);
  const scene = await createScene({ label, queues: cpus });
  stage.undo.add(async () => await scene.close());
  scene.push(labPolicy());
  prepare(scene);
  await scene.startController();
  const { pid } = await scene.startAgent({}, asService);
  await scene.watching();
  await ready(scene);
  await scene.controller.stop('SIGKILL');
  const idleFrom = userMs(pid);
  await sleep(idleMs);
  const idleCpuShare = (userMs(pid) - idleFrom) / idleMs;
  // Ticks are on record from the start: this one's are those of the flood.
  await scene.killAgent();
  const flooded = (await scene.startAgent({}, asService)).pid;
  await scene.watching();
  await ready(scene);
  const senders = await openSenders(stage, scene);
  const [fromMs, userFrom] = [performance.now(), userMs(flooded)];
  const flood = Promise.all(senders.map(async (sender) => await sendUntil(sender, scene, fromMs + floodMs)));
  let rssAnonMB = 0;
  while (performance.now() < fromMs + floodMs) {
    await sleep(lookEveryMs);
    rssAnonMB = Math.max(rssAnonMB, anonymousMB(flooded));
  }
  const cpuShare = (userMs(flooded) - userFrom) / (performance.now() - fromMs);
  const sent = (await flood).reduce((sum, packets) => sum + packets, 0);
  const packetsPerSecond = (sent / (performance.now() - fromMs)) * 1000;
  const { ticks } = await scene.until(() => true);
  for (const sender of senders) await sender.close();
  return {
    ...{ idleCpuShare, cpuShare, rssAnonMB, packetsPerSecond },
    tickLateMsP99: ticks.lateMsP99,
    tickMissed: ticks.missed,
  };
}

async function openSenders(stage: Stage, { lab }: Scene): Promise<MixSender[]> {
  const targets = addressList([...labAddresses.victim.ipv4, ...labAddresses.victim.ipv6]);
  const place = { namespace: lab.namespaces.net, destinationMac: lab.victimMac };
  const senders = await Promise.all(
    Array.from({ length: cpus }, async (_, cpu) => {
      const seed = `${stage.options.seed}/agent/${cpu}`;
      return await startMixSender({ ...place, cpu, niceness: 0, seed, plan: { kinds: floodMix, targets } });
    }),
  );
  for (const sender of senders) stage.undo.add(async () => await sender.close());
  return senders;
}

async function sendUntil(sender: MixSender, { lab }: Scene, untilMs: number): Promise<number> {
  let sent = 0;
  while (performance.now() < untilMs)
    sent += (await sender.send({ interfaceName: lab.interfaceName, packets: packetsPerSend })).packets;
  return sent;
}

/** CPU time that a process spent in user space, ms. */
function userMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, which may hold spaces, ends with the last bracket; utime is field 14.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) * jiffyMs;
}

function anonymousMB(pid: number): number {
  const kB = /RssAnon:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (Number(kB) * 1024) / 1e6;
}

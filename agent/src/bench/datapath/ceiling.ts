/**
 * How well a ceiling holds: one target with a ceiling of C packets/s, flooded at full rate from every CPU from its
 * first packet on, and what of it reached the stack in the first second.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openXdpSource } from '../../capture/xdp/index.ts';
import { counter } from '../../engine/types.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { addressList, floodMix, startMixSender } from '../../testkit/mix/index.ts';
import { receiverMac, receivingInterface } from './bed.ts';
import { prefix4 } from './rules.ts';
import { cpus, type Stage } from './stage.ts';

/** C, packets/s. */
export const ceilingPacketsPerSecond = 50_000;
/** What may be saved up while nothing arrives: a tenth of C, as where the policy says nothing else. */
const burstMs = 100;
/** More than a second's worth on any machine that this runs on. */
const packetsPerCpu = 5_000_000;
const target = '203.0.113.200';

/** A flood of two kinds, game and amplified packets, to one address. 1024 parts. */
const kinds = floodMix
  .filter(({ name }) => name === 'udp4Game' || name === 'dns4Reply')
  .map((kind) => ({ ...kind, weight: 512 }));

export interface Held {
  /** Packets that arrived in the first second after the first one. */
  readonly arrived: number;
  /** Those of them that reached the stack. */
  readonly passed: number;
}

export async function measureCeiling(stage: Stage): Promise<Held> {
  stage.say('a flood on a ceiling');
  const lane = stage.bed.addLane('ceiling');
  const source = inNamespace(lane.namespace, () =>
    openXdpSource({
      instance: `tg-${process.pid}-ceiling`,
      interfaces: [receivingInterface],
      protect: [prefix4],
      safelist: [],
      targetsMax: 4096,
      samplesPerSecondMax: 5000,
      ceilings: [
        {
          targets: [],
          limits: { packets: { perSecond: ceilingPacketsPerSecond, unit: 'packets', burstMs } },
        },
      ],
      mode: 'native',
    }),
  );
  stage.undo.add(() => {
    source.close({ keepRules: false });
  });
  const senders = await Promise.all(
    Array.from({ length: cpus }, async (_, cpu) => {
      const plan = { kinds, targets: addressList([target]) };
      const place = { namespace: stage.bed.senderNamespace, cpu, destinationMac: receiverMac };
      return await startMixSender({ ...place, seed: `${stage.options.seed}/ceiling/${cpu}`, plan });
    }),
  );
  const sent = senders.map(async (sender) =>
    sender.send({ interfaceName: lane.senderInterface, packets: packetsPerCpu }),
  );
  const arrived = (): number => source.peek(target)?.[counter.packets] ?? 0;
  // Looked at every millisecond: what arrived before the first look counts too.
  while (arrived() === 0) await sleep(1);
  await sleep(1000);
  const held = { arrived: arrived(), passed: lane.passed() };
  await Promise.all(sent);
  for (const sender of senders) await sender.close();
  return held;
}

/** Sets the bed up, warms it, measures, and takes it down. */
import { addressList, serverMix, startMixSender } from '../../testkit/mix/index.ts';
import { createBed, receiverMac } from './bed.ts';
import { openFloor, type Contender } from './contender.ts';
import type { Options } from './options.ts';
import { measureRounds, type Run } from './rounds.ts';
import { openTidegate } from './tidegate.ts';
import { createUndo } from './undo.ts';
import { openXdpFilter } from './xdp-filter.ts';

const packetsPerRun = 1_000_000;
const warmUpPackets = 100_000;
const sendingCpu = 1;
const cpus = 2;

/** 256 addresses of IPv4 and 64 of IPv6, all protected. */
const targets = addressList([
  ...Array.from({ length: 256 }, (_, host) => `203.0.113.${host}`),
  ...Array.from({ length: 64 }, (_, host) => `2001:db8:113::${host.toString(16)}`),
]);

export async function runCosts({ pairs, seed }: Options): Promise<ReadonlyMap<string, readonly Run[]>> {
  const undo = createUndo();
  try {
    const bed = createBed(cpus);
    undo.add(bed.remove);
    const open = <C extends Contender>(contender: C): C => {
      undo.add(contender.close);
      return contender;
    };
    const ours = (['spread', 'wide'] as const).map((set) => {
      const name = set === 'spread' ? 'full' : 'fullWide';
      return open(openTidegate(name, bed.addLane(name), set));
    });
    const contenders = [
      open(openFloor(bed.addLane('floor'))),
      open(openXdpFilter(bed.addLane('xdpFilter'))),
      ...ours,
    ];
    const sender = await startMixSender({
      ...{ namespace: bed.senderNamespace, cpu: sendingCpu, destinationMac: receiverMac, seed },
      plan: { kinds: serverMix, targets },
    });
    undo.add(async () => await sender.close());
    for (const { lane } of contenders)
      await sender.send({ interfaceName: lane.senderInterface, packets: warmUpPackets });
    for (const contender of ours) await contender.addRules();
    return await measureRounds(sender, contenders, { rounds: pairs, packets: packetsPerRun, onRun: say });
  } finally {
    await undo.run();
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

/** One line that is written over, on a terminal only. */
function say(round: number, name: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[Kround ${round + 1}: ${name}`);
}

/** What all parts of the measurement stand on: the bed, senders, and the order in which everything is taken down. */
import { addressList, startMixSender, type MixPlan, type MixSender } from '../../testkit/mix/index.ts';
import { createBed, receiverMac, type Bed } from './bed.ts';
import type { Contender } from './contender.ts';
import type { Options } from './options.ts';
import { createUndo, type Undo } from './undo.ts';

export const cpus = 2;
/** The sender that is measured with has a CPU of its own, as far as the machine gives it one. */
export const measuringCpu = 1;
const warmUpPackets = 100_000;

/** 256 addresses of IPv4 and 64 of IPv6, all protected. */
const targets = addressList([
  ...Array.from({ length: 256 }, (_, host) => `203.0.113.${host}`),
  ...Array.from({ length: 64 }, (_, host) => `2001:db8:113::${host.toString(16)}`),
]);

export interface Stage {
  readonly options: Options;
  readonly bed: Bed;
  readonly undo: Undo;
  /** Has it closed in the end. */
  readonly keep: <C extends Contender>(contender: C) => C;
  readonly openSender: (plan: Omit<MixPlan, 'targets'>, cpu: number) => Promise<MixSender>;
  /** One line that is written over, on a terminal only. */
  readonly say: (text: string) => void;
}

export function setStage(options: Options): Stage {
  const undo = createUndo();
  const bed = createBed(cpus);
  undo.add(bed.remove);
  return {
    ...{ options, bed, undo },
    keep: (contender) => {
      undo.add(contender.close);
      return contender;
    },
    openSender: async (plan, cpu) => {
      const place = { namespace: bed.senderNamespace, cpu, destinationMac: receiverMac };
      // Senders on several CPUs send different packets.
      const seed = `${options.seed}/${cpu}`;
      const sender = await startMixSender({ ...place, seed, plan: { ...plan, targets } });
      undo.add(async () => await sender.close());
      return sender;
    },
    say: (text) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
    },
  };
}

/** Lets contenders see every target, so that the kernel knows them. */
export async function warmUp(sender: MixSender, contenders: readonly Contender[]): Promise<void> {
  for (const { lane } of contenders)
    await sender.send({ interfaceName: lane.senderInterface, packets: warmUpPackets });
}

import { afterAll, expect, test } from 'vitest';
import { addressList, serverMix, startMixSender } from '../../testkit/mix/index.ts';
import { createBed, receiverMac } from './bed.ts';
import { openFloor } from './contender.ts';
import { measureRounds } from './rounds.ts';

const bed = createBed(2);
const options = { pairs: 2, packets: 20_000, seed: '1', format: 'text' } as const;
afterAll(bed.remove);

test('a program that does nothing sees every packet, and lets every one through', async () => {
  const contender = openFloor(bed.addLane('floor'));
  const sender = await startMixSender({
    ...{ namespace: bed.senderNamespace, cpu: 1, destinationMac: receiverMac, seed: '1' },
    plan: { kinds: serverMix, targets: addressList(['203.0.113.1', '2001:db8:113::1']) },
  });
  const runs = await measureRounds({ options, say: () => undefined }, sender, [contender]);
  await sender.close();
  contender.close();
  const [first, second] = runs.get('floor') ?? [];
  expect(first).toMatchObject({ sent: 20_000, seen: 20_000, passed: 20_000 });
  // The sequence begins anew with every run.
  expect(second).toMatchObject({ sent: 20_000, seen: 20_000, toDrop: first?.toDrop });
  expect(first?.nsPerPacket).toBeGreaterThan(0);
});

test('a sender whose interface is missing says so, and the next run goes on', async () => {
  const sender = await startMixSender({
    ...{ namespace: bed.senderNamespace, cpu: 1, destinationMac: receiverMac, seed: '1' },
    plan: { kinds: serverMix, targets: addressList(['203.0.113.1', '2001:db8:113::1']) },
  });
  await expect(sender.send({ interfaceName: 'nowhere', packets: 10 })).rejects.toThrow(
    /no interface nowhere/,
  );
  await sender.close();
});

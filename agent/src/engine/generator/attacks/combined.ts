/** Attacks made of others: over the hosts of a prefix, in pulses, or several at once. */
import type { SeededRandom } from '../random.ts';
import type { AttackFamily, AttackScene, AttackShape } from './attack.ts';

type Choices = readonly [AttackFamily, ...AttackFamily[]];

const drawable = (random: SeededRandom, families: Choices, { isIpv4 }: AttackScene): AttackFamily => {
  const usable = families.filter((one) => isIpv4 || one.isIpv4Only !== true);
  return usable[random.integer(0, usable.length - 1)] ?? families[0];
};

/**
 * One flood over many hosts of the prefix (/24, /120), so that each of them stays below its limit; the hosts come in
 * turn or by chance. Lists that are worked through in order are as common as chance.
 */
export function carpetBombing(families: Choices): AttackFamily {
  return {
    name: 'carpet_bombing',
    draw(random, scene): AttackShape {
      const family = drawable(random, families, scene);
      const destination = scene.destination.slice();
      const shape = family.draw(random, { ...scene, destination });
      const count = random.pick([64, 128, 254]);
      const first = random.integer(1, 255 - count);
      const isInTurn = random.chance(0.5);
      let turn = 0;
      return {
        ...shape,
        family: 'carpet_bombing',
        isPrefixWide: true,
        parameters: {
          vector: shape.family,
          hosts: count,
          order: isInTurn ? 'in turn' : 'by chance',
          ...shape.parameters,
        },
        packets() {
          turn = isInTurn ? (turn + 1) % count : random.integer(0, count - 1);
          destination[15] = first + turn;
          return shape.packets();
        },
      };
    },
  };
}

/** A flood that stops and starts again, so that answers come when it has stopped and end when it starts. */
export function pulseWave(families: Choices): AttackFamily {
  return {
    name: 'pulse_wave',
    draw(random, scene): AttackShape {
      const shape = drawable(random, families, scene).draw(random, scene);
      const pulses = { onMs: random.integer(5, 40) * 100, offMs: random.integer(5, 60) * 100 };
      return {
        ...shape,
        family: 'pulse_wave',
        pulses,
        parameters: { vector: shape.family, ...pulses, ...shape.parameters },
      };
    },
  };
}

/** Two or three floods at once, none of them small beside the others. */
export function multiVector(families: Choices): AttackFamily {
  return {
    name: 'multi_vector',
    draw(random, scene): AttackShape {
      const vectors: { shape: AttackShape; weight: number }[] = [];
      for (let wanted = random.integer(2, 3), left = 20; vectors.length < wanted && left > 0; left--) {
        const family = drawable(random, families, scene);
        if (vectors.some(({ shape }) => shape.family === family.name)) continue;
        vectors.push({ shape: family.draw(random, scene), weight: 0.5 + random.float() });
      }
      const total = vectors.reduce((sum, { weight }) => sum + weight, 0);
      const turn = turns(random, vectors);
      let current = vectors[0]!.shape;
      return {
        family: 'multi_vector',
        packetsPerSecond: { from: 40_000, to: 1_000_000 },
        spoofed: vectors.some(({ shape }) => shape.spoofed),
        parameters: {
          vectors: vectors.map(({ shape, weight }) => ({
            ...{ family: shape.family, share: weight / total },
            ...shape.parameters,
          })),
        },
        packets() {
          const { shape, packets } = turn();
          current = shape;
          return packets;
        },
        vector: () => current.family,
      };
    },
  };
}

/** Packets of each vector by its weight, however many packets its datagrams come in. */
function turns(
  random: SeededRandom,
  vectors: readonly { shape: AttackShape; weight: number }[],
): () => { shape: AttackShape; packets: Uint8Array[] } {
  const sent = vectors.map(({ weight }) => random.float() / weight);
  return () => {
    let at = 0;
    for (let other = 1; other < sent.length; other++) if (sent[other]! < sent[at]!) at = other;
    const { shape, weight } = vectors[at]!;
    const packets = shape.packets();
    sent[at] = sent[at]! + packets.length / weight;
    return { shape, packets };
  };
}

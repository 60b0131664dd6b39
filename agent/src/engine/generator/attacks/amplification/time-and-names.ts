/** NTP, NetBIOS, portmap, RIP: services that tell the time, names and ways. */
import { bytes, big16, big32, chance, letters } from '../../bytes.ts';
import type { AmplifyingService } from './service.ts';

/**
 * Mode 7 `monlist` (implementation 3, request 42): packets of up to 6 items of 72 bytes, as many as the server knows
 * clients, up to 600. Where monlist is closed, mode 6 `readvar` still answers some hundred bytes.
 */
export const ntpAmplifier: AmplifyingService = {
  name: 'ntp',
  port: 123,
  reflectors: { from: 100, to: 5000 },
  answers(random) {
    if (random.chance(0.15)) {
      const text = `version="ntpd 4.2.6p5@1.2349-o", processor="x86_64", system="Linux/${letters(random, 6)}", leap=0, stratum=${random.integer(1, 4)}, precision=-${random.integer(18, 24)}, rootdelay=${random.integer(1, 99)}.${random.integer(100, 999)}, refid=${letters(random, 4)}`;
      return [
        bytes(0x16, 0x82, 0, 1, big16(random.integer(0x600, 0x618)), 0, 0, 0, 0, big16(text.length), text),
      ];
    }
    // A full list is 100 packets long; the first 20 of them stand for all.
    const count = random.pick([1, 5, 20, 20, 20]);
    return Array.from({ length: count }, (_, number) => {
      const items = number === count - 1 ? random.integer(1, 6) : 6;
      const more = number === count - 1 ? 0 : 0x40;
      const list = Array.from({ length: items }, () => [
        ...chance(random, 24),
        ...Array.from({ length: 48 }, () => 0),
      ]);
      return bytes(0x97 | more, number & 0x7f, 3, 42, big16(items), big16(72), list.flat());
    });
  },
};

/** Answer to a node status request (RFC 1002, section 4.2.18): its names, each padded to 15 characters. */
export const netbiosAmplifier: AmplifyingService = {
  name: 'netbios',
  port: 137,
  reflectors: { from: 500, to: 5000 },
  isIpv4Only: true,
  echoes: { from: 0, to: 1 },
  answers(random) {
    const names = Array.from({ length: random.integer(3, 9) }, () =>
      bytes(
        letters(random, 10).toUpperCase().padEnd(15),
        random.pick([0, 0x20, 0x1e, 0x1d]),
        random.pick([4, 0x84]),
        0,
      ),
    );
    const data = bytes(names.length, ...names, chance(random, 6), new Uint8Array(40));
    const asked = bytes(0x20, `CK${'A'.repeat(30)}`, 0);
    return [
      bytes(0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, asked, 0, 0x21, 0, 1, big32(0), big16(data.length), data),
    ];
  },
};

/** Answer to DUMP (RFC 1833, section 4): a list of programs, versions, protocols and ports. */
export const portmapAmplifier: AmplifyingService = {
  name: 'portmap',
  port: 111,
  reflectors: { from: 300, to: 5000 },
  echoes: { from: 0, to: 3 },
  answers(random) {
    const entries = Array.from({ length: random.integer(3, 40) }, () =>
      bytes(
        big32(1),
        big32(100_000 + random.integer(0, 300)),
        big32(random.integer(1, 4)),
        big32(random.pick([6, 17])),
        big32(random.integer(111, 65_535)),
      ),
    );
    return [bytes(big32(0), big32(1), big32(0), big32(0), big32(0), big32(0), ...entries, big32(0))];
  },
};

/** RIPv1 responses (RFC 1058): up to 25 routes of 20 bytes, and as many packets as the table needs. */
export const ripAmplifier: AmplifyingService = {
  name: 'rip',
  port: 520,
  reflectors: { from: 50, to: 1000 },
  isIpv4Only: true,
  answers(random) {
    const count = random.integer(1, 8);
    return Array.from({ length: count }, (_, number) => {
      const routes = Array.from({ length: number === count - 1 ? random.integer(1, 25) : 25 }, () =>
        bytes(0, 2, 0, 0, 10, chance(random, 2), 0, new Uint8Array(8), big32(random.integer(1, 16))),
      );
      return bytes(2, 1, 0, 0, ...routes);
    });
  },
};

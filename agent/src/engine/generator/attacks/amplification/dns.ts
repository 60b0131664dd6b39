/** Open resolvers asked for a name with much to tell (ANY, TXT, DNSKEY), with EDNS buffers of 1232 to 4096 bytes. */
import { buildDnsResponse } from '../../../packet/index.ts';
import type { AmplifyingService } from './service.ts';

const names = ['isc.org', 'sl.example', 'cpsc.example', 'access-board.example', 'pizzaseo.example'] as const;

export const dnsAmplifier: AmplifyingService = {
  name: 'dns',
  port: 53,
  reflectors: { from: 200, to: 5000 },
  echoes: { from: 0, to: 1 },
  answers: (random) => [
    buildDnsResponse({
      id: 0,
      name: random.pick(names),
      type: random.pick([255, 255, 16, 48]),
      // Mostly what the asked name has; resolvers differ in what they add and where they cut off.
      lengthBytes: random.chance(0.6) ? random.integer(2800, 4090) : random.integer(1000, 1460),
    }),
  ],
};

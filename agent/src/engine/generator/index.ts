/**
 * Generator: normal traffic and attacks from a seed, as packets and as readings.
 *
 * Promises: the same seed gives the same bytes at the same times on every machine; every packet is valid down to its
 * checksums and says by its label whether it is legitimate; readings are what the kernel program would have counted
 * and sampled of these packets.
 */
export { generate } from './generate.ts';
export type { GeneratedWindow } from './generate.ts';
export { recordGenerated } from './recording.ts';
export { SeededRandom } from './random.ts';
export type { GeneratedPacket, Rate, TrafficSource } from './source.ts';
export { beginning } from './rate.ts';
export { webSessions } from './legitimate/web.ts';
export { bulkKinds, drawMix, mainKinds, suddenKinds } from './legitimate/mix.ts';
export type { TrafficMix } from './legitimate/mix.ts';
export { dnsAnswers, gamePlayers, mixedUdp, pings, quicDownload } from './legitimate/datagrams.ts';
export {
  attackFamilies,
  attackFamily,
  attackScene,
  attackTraffic,
  dnsAmplification,
  synFlood,
  udpFlood,
} from './attacks/index.ts';
export type { AttackFamily, AttackShape, AttackTiming } from './attacks/index.ts';

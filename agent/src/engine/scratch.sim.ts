import { it } from 'vitest';
import { classify } from './classifier/index.ts';
import { Detector } from './detector/index.ts';
import { SeededRandom, dnsAmplification, dnsAnswers, gamePlayers, generate, mixedUdp, pings, quicDownload, synFlood, udpFlood, webSessions } from './generator/index.ts';
import { synOptions } from './packet/index.ts';
import { Windows } from './window/index.ts';
import type { TrafficSource } from './generator/index.ts';

const threshold = { name: 'default', targets: [], floorPacketsPerSecond: 20000, floorBitsPerSecond: null, holdMs: 0, releaseRatio: 0.5 };

function run(name: string, sources: TrafficSource[], durationMs: number, seed: string): void {
  const windows = new Windows();
  const detector = new Detector({ wallMsAt: (ns) => ns / 1e6 });
  detector.setThresholds([threshold], ['203.0.113.0/24', '2001:db8::/32']);
  let shown = 0;
  for (const { reading } of generate({ seed, sources, durationMs })) {
    const t0 = performance.now();
    for (const window of windows.fold(reading)) {
      const seen = detector.observe(window, 5000);
      if (seen.phase !== 'idle') windows.disturb(window.target);
      if (seen.phase !== 'over') continue;
      const attacks = classify(window, seen.deviation);
      const ms = performance.now() - t0;
      if (shown++ < 3) console.log(name, reading.atNs / 1e6, (seen.deviation.sinceNs / 1e6).toFixed(1), ms.toFixed(1), 'ms pps', window.packetsPerSecond.toFixed(0), 'quiet', window.quietPacketsPerSecond?.toFixed(0), window.quietSamples.length, JSON.stringify(attacks));
    }
  }
  if (shown === 0) console.log(name, 'nothing');
}

it('looks', () => {
  for (const target of ['203.0.113.10']) {
    const random = new SeededRandom('x');
    const normal = (): TrafficSource[] => [webSessions({ target, random, sessionsPerSecond: 100 }), gamePlayers({ target, random, packetsPerSecond: 1000, players: 40 }), dnsAnswers({ target, random, packetsPerSecond: 20 }), pings({ target, random, packetsPerSecond: 10 })];
    const timing = { target, random, startNs: 5.0931e9, endNs: 6e9 };
    run('syn', [...normal(), synFlood({ ...timing, packetsPerSecond: 200000, port: 443 })], 5400, 's');
    run('syn-options', [...normal(), synFlood({ ...timing, packetsPerSecond: 200000, port: 443, options: synOptions.linux })], 5400, 's');
    run('dns', [...normal(), dnsAmplification({ ...timing, packetsPerSecond: 100000, reflectors: 500, messageBytes: { from: 1200, to: 1400 }, port: 80 })], 5400, 's');
    run('udp', [...normal(), udpFlood({ ...timing, packetsPerSecond: 200000, port: null, payloadBytes: { from: 512, to: 512 } })], 5400, 's');
    run('udp-port', [...normal(), udpFlood({ ...timing, packetsPerSecond: 60000, port: 27015, payloadBytes: { from: 400, to: 1400 } })], 5400, 's');
    run('download', [...normal(), quicDownload({ target, random, packetsPerSecond: (t) => t > 5e9 ? 40000 : 0 })], 5500, 's');
    run('launch', [...normal(), gamePlayers({ target, random, players: 20000, packetsPerSecond: (t) => t > 3e9 ? (t - 3e9) / 1e9 * 10000 : 0 })], 6000, 's');
    run('mixed', [...normal(), mixedUdp({ target, random, packetsPerSecond: (t) => t > 5e9 ? 40000 : 0 })], 5500, 's');
    run('flash', [...normal(), webSessions({ target, random, sessionsPerSecond: (t) => t > 5e9 ? 3000 : 0 })], 5700, 's');
  }
}, 60000);

// One attack: normal traffic, the flood, what was seen second by second, and quiet again.
import { setTimeout as wait } from 'node:timers/promises';
import { lossOf, startClients, statusUntil } from '@tidegate/agent/testkit';
import { port } from './stage.js';
import { short } from './terminal.js';

const quietBeforeMs = 1500;
const floodMs = 5000;

const monotonicNs = () => Number(process.hrtime.bigint());

/**
 * Runs one attack against the stage and returns what the victim saw of it.
 * @param {{ family: string, target: string, title: string, packetsPerSecond: number }} attack
 */
export async function runAttack(stage, attack, say) {
  const { lab, probe, agent, generator } = stage;
  const clients = await startClients({
    namespace: lab.namespaces.net,
    targets: [{ address: attack.target, port }],
  });
  try {
    await wait(quietBeforeMs);
    probe.reset();
    const wallOffsetMs = Date.now() - monotonicNs() / 1e6;
    const flood = generator.flood({
      kind: attack.family,
      destination: attack.target,
      ...(attack.family === 'dns_amplification' ? {} : { destinationPort: port }),
      packetsPerSecond: attack.packetsPerSecond,
      durationMs: floodMs,
    });
    const narration = narrate(stage, attack, flood, say);
    const sent = await flood;
    await narration;
    const attempts = await clients.stop();
    const toNs = (wallMs) => (wallMs - wallOffsetMs) * 1e6;
    const seen = probe.seen();
    // Quiet again: the next attack finds a fresh incident.
    await statusUntil(agent, ({ heartbeat }) => heartbeat.incidents.length === 0, 30_000);
    return {
      sent,
      reachedStack: seen.packets,
      firstPacketMs: (seen.firstNs || sent.firstNs) / 1e6 + wallOffsetMs,
      endMs: sent.lastNs / 1e6 + wallOffsetMs,
      lossBetween: (kind, target, fromMs, untilMs) => {
        const { attempts: tries, share } = lossOf(attempts, kind, target, toNs(fromMs), toNs(untilMs));
        return tries === 0 ? null : share;
      },
    };
  } catch (error) {
    clients.kill();
    throw error;
  }
}

/** A line a second while the flood lasts. */
async function narrate({ agent, probe }, { target }, flood, say) {
  let over = false;
  void flood.finally(() => (over = true));
  let before = 0;
  for (let second = 1; !over; second += 1) {
    await wait(1000);
    if (over && second > 1) break;
    const status = await agent.ask({ schema: 'tidegate/control/v1', command: 'status' });
    const incident = status.heartbeat.incidents.find((candidate) => candidate.target === target);
    const reached = probe.seen().packets;
    const rules = status.mitigations.filter((rule) => rule.incident === incident?.id);
    const state = incident === undefined ? 'no incident' : `${incident.family} ${incident.state}`;
    const rule = rules.map(
      ({ backend, level, packets }) => `${backend} ${level}, ${short(Number(packets))} dropped`,
    );
    say(
      `  ${second} s  arriving ${short(incident?.packetsPerSecond ?? 0)}/s  reached the stack ${short(reached - before)}  ${state}  ${rule.join('; ')}`,
    );
    before = reached;
  }
}

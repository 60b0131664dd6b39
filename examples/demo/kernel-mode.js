// The whole story on real traffic: three attacks, a dead controller, a fourth attack, and the audit catching up.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { labAddresses, statusUntil } from '@tidegate/agent/testkit';
import { runAttack } from './attack.js';
import { closeBooks, readRecords } from './audit.js';
import { setStage } from './stage.js';
import { short } from './terminal.js';
import { judge } from './verdict.js';

const packetsPerSecond = 260_000;
/** Less than this is no attack worth showing. */
export const packetsPerSecondMin = 200_000;

const { ipv4, ipv6 } = labAddresses.victim;
const attacks = [
  { title: 'SYN flood from spoofed sources', family: 'syn_flood', target: ipv4[0], controllerUp: true },
  { title: 'DNS amplification', family: 'dns_amplification', target: ipv4[1], controllerUp: true },
  { title: 'UDP flood over IPv6', family: 'udp_flood', target: ipv6[0], controllerUp: true },
  { title: 'SYN flood with the controller dead', family: 'syn_flood', target: ipv4[2], controllerUp: false },
];

/** @param {string} directory where everything is written; `trust.json` and both repositories are left in it */
export async function runKernelMode(directory, say) {
  say('Setting the stage');
  const stage = await setStage(directory, (line) => say(`  ${line}`));
  try {
    const seen = [];
    for (const attack of attacks) {
      if (!attack.controllerUp) {
        await stage.controller.running.stop('SIGKILL');
        say('\nThe controller is dead (SIGKILL). The agent goes on.');
      }
      say(`\n${attack.title}: ${attack.target}`);
      const what = await runAttack(stage, { ...attack, packetsPerSecond }, say);
      say(
        `  sent ${short(what.sent.sent)} packets (${short(what.sent.packetsPerSecond)}/s); ${short(what.reachedStack)} reached the stack`,
      );
      seen.push({ attack, what });
    }
    await catchUp(stage, say);
    const records = readRecords(stage.auditRepository);
    copyFileSync(join(directory, 'controller', 'trust.json'), join(directory, 'trust.json'));
    const audit = closeBooks(stage.auditRepository, join(directory, 'trust.json'));
    const judged = seen.map(({ attack, what }) => withRate(judge(attack, records, what), what));
    return { attacks: judged, audit };
  } finally {
    await stage.strike();
  }
}

/** A flood that the machine could not send is not one that was stopped. */
function withRate(judged, { sent }) {
  if (sent.packetsPerSecond >= packetsPerSecondMin) return judged;
  const problem = `only ${sent.packetsPerSecond} packets/s of ${judged.family} were sent`;
  return { ...judged, problems: [...judged.problems, problem] };
}

async function catchUp(stage, say) {
  const { heartbeat } = await statusUntil(stage.agent, () => true, 5000);
  say(`\n${heartbeat.spool.pending} audit records wait in the agent's spool. Starting the controller again.`);
  stage.controller.running = await stage.launchController();
  const startedAt = Date.now();
  await statusUntil(stage.agent, ({ heartbeat: now }) => now.spool.pending === 0, 30_000);
  say(`  caught up after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  await wait(300);
}

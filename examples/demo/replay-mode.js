// The same story without root: generated recordings through the same line, with a real controller and real git. Rules
// are virtual, and times are those of the recording.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  commitFiles,
  createBareRepository,
  recordedLoss,
  startController,
  startReplayAgent,
  writeScenario,
} from '@tidegate/agent/testkit';
import { closeBooks, readRecords } from './audit.js';
import { short } from './terminal.js';
import { judge, recordsOf } from './verdict.js';

const protect = ['203.0.113.0/24', '2001:db8:113::/64'];
const packetsPerSecond = 60_000;
const floodMs = 2500;
const attacks = [
  {
    title: 'SYN flood from spoofed sources',
    family: 'syn_flood',
    target: '203.0.113.10',
    controllerUp: true,
  },
  { title: 'DNS amplification', family: 'dns_amplification', target: '203.0.113.11', controllerUp: true },
  { title: 'UDP flood over IPv6', family: 'udp_flood', target: '2001:db8:113::10', controllerUp: true },
  {
    title: 'SYN flood with the controller dead',
    family: 'syn_flood',
    target: '203.0.113.12',
    controllerUp: false,
  },
  // Somewhere within a tick, as a real one would.
].map((attack, index) => ({ ...attack, startMs: 3040 + index * 6010, endMs: 3040 + index * 6010 + floodMs }));
const durationMs = 3000 + attacks.length * 6000 + 1000;
const joinToken = 'a-join-token-for-the-demo-only';

export async function runReplayMode(directory, say) {
  say('Not root: replaying generated recordings. As root the demo attacks a lab in network namespaces.');
  const recording = join(directory, 'recording.ndjson');
  const startedAtMs = Date.now();
  const scenario = attacks.map((attack) => ({ ...attack, packetsPerSecond }));
  say(`  generating ${durationMs / 1000} s of traffic, ${short(packetsPerSecond)} packets/s a flood`);
  writeScenario(recording, {
    seed: 'demo',
    startedAt: new Date(startedAtMs).toISOString(),
    ...{ protect, durationMs },
    attacks: scenario,
  });
  const stage = await setStage(directory, recording);
  say(`  controller at ${stage.controller.url}, policy in force`);
  try {
    await play(stage, say);
    await catchUp(stage, say);
  } finally {
    await stage.agent.close();
    await stage.controller.stop();
  }
  copyFileSync(join(directory, 'controller', 'trust.json'), join(directory, 'trust.json'));
  const records = readRecords(stage.auditRepository);
  return {
    attacks: attacks.map((attack) => judgeReplayed(attack, records, recording, startedAtMs)),
    audit: closeBooks(stage.auditRepository, join(directory, 'trust.json')),
  };
}

async function setStage(directory, recording) {
  const policyRepository = createBareRepository(join(directory, 'policy.git'));
  const text = readFileSync(new URL('policy/lab.yaml', import.meta.url), 'utf8');
  commitFiles(policyRepository, { 'lab.yaml': text }, 'Protect the lab');
  const tokenFile = join(directory, 'join-token');
  writeFileSync(tokenFile, joinToken, { mode: 0o600 });
  const auditRepository = join(directory, 'audit.git');
  const launch = (port) =>
    startController(directory, {
      schema: 'tidegate/controller-config/v1',
      stateDir: join(directory, 'controller'),
      listen: { host: '127.0.0.1', port },
      policy: { repository: policyRepository, pollSeconds: 0.5 },
      audit: { repository: auditRepository, flushMs: 100 },
      joinToken: `file:${tokenFile}`,
    });
  const controller = await launch(0);
  const agent = startReplayAgent({
    stateDir: join(directory, 'agent'),
    node: 'victim-1',
    labels: { role: 'demo' },
    controllerUrl: controller.url,
    ...{ joinToken, recording },
  });
  for (let tries = 0; agent.policy === null; tries += 1) {
    if (tries > 200) throw new Error(`no policy arrived:\n${controller.output()}`);
    await wait(50);
  }
  return { controller, relaunch: () => launch(Number(new URL(controller.url).port)), agent, auditRepository };
}

/** Walks the recording; a line a second of its time. */
async function play(stage, say) {
  const { agent } = stage;
  let second = 0;
  let current = null;
  while (!agent.ended) {
    await agent.step();
    const attack =
      attacks.find(({ startMs, endMs }) => agent.atMs > startMs - 1000 && agent.atMs < endMs + 1000) ?? null;
    if (attack !== null && attack !== current) {
      if (!attack.controllerUp) {
        await stage.controller.stop('SIGKILL');
        say('\nThe controller is dead (SIGKILL). The agent goes on.');
      }
      say(`\n${attack.title}: ${attack.target}`);
      current = attack;
    }
    if (Math.floor(agent.atMs / 1000) === second) continue;
    second = Math.floor(agent.atMs / 1000);
    if (attack !== null) say(`  ${describe(agent.status, attack.target)}`);
  }
}

function describe({ incidents, mitigations }, target) {
  const incident = incidents.find((candidate) => candidate.target === target);
  if (incident === undefined) return 'quiet';
  const rules = mitigations.filter((rule) => rule.incident === incident.id);
  const texts = rules.map(({ level, packets }) => `rule ${level}, about ${short(Number(packets))} dropped`);
  return `arriving ${short(incident.packetsPerSecond)}/s  ${incident.family} ${incident.state}  ${texts.join('; ')}`;
}

async function catchUp(stage, say) {
  say(
    `\n${stage.agent.pendingRecords} audit records wait in the agent's spool. Starting the controller again.`,
  );
  stage.controller = await stage.relaunch();
  const startedAt = Date.now();
  while (stage.agent.pendingRecords > 0) {
    if (Date.now() - startedAt > 30_000) throw new Error('the audit did not catch up');
    await wait(50);
  }
  say(`  caught up after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

function judgeReplayed(attack, records, recording, startedAtMs) {
  const firstPacketMs = startedAtMs + attack.startMs;
  const { intent } = recordsOf(records, { ...attack, sinceMs: firstPacketMs - 50 });
  return judge(attack, records, {
    firstPacketMs,
    endMs: startedAtMs + attack.endMs,
    lossBetween: (kind, target, fromMs, untilMs) => {
      const isBefore = fromMs <= firstPacketMs;
      const match = isBefore ? null : (intent?.body.match ?? null);
      const span = { fromMs: fromMs - startedAtMs, untilMs: untilMs - startedAtMs };
      return recordedLoss(recording, { target, match, ...span })[kind];
    },
  });
}

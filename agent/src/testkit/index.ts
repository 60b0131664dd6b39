/**
 * Test kit: network namespaces, attack traffic, legitimate clients, a witness behind XDP, real git repositories, and
 * the real programs as processes. Only tests, benches and the demo import it.
 */
export { createCertificate } from './certificate.ts';
export { lossOf, startClients } from './clients/index.ts';
export type { Attempt, Loss } from './clients/index.ts';
export { startAgent, startController, statusUntil, tidegateBin } from './daemons.ts';
export type { RunningAgent } from './daemons.ts';
export { createLab, labAddresses } from './netns.ts';
export { commitFiles, createBareRepository, readAuditLines } from './repositories.ts';
export { startServer } from './server/index.ts';
export { openProbe, startGenerator } from './traffic/index.ts';
export { startReplayAgent } from './replay/agent.ts';
export { recordedLoss } from './replay/loss.ts';
export { writeScenario } from './replay/scenario.ts';

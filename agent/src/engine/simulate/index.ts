/**
 * Simulate: what a policy would have done on traffic that is only replayed, in virtual time.
 *
 * Promises: the same policy and traffic give the same report, to the byte; nothing waits for a clock; memory does not
 * grow with the length of the traffic, apart from the incidents, of which 10,000 are listed. The engine is the one that
 * agents run. What rules hit is estimated from samples, and the answers of the server are as they were recorded: a SYN
 * that a rule drops here may still have its SYN-ACK in the traffic.
 *
 * ```ts
 * const run = new SimulationRun({ bundle, startedAtMs: Date.parse(header.startedAt) });
 * for (const window of windows) run.take(readingOf(window, header), window.labels);
 * const { incidents, packets, collateral } = run.outcome();
 * ```
 */
export { failuresOf, percent, seconds } from './claims.ts';
export type { Claims, Failure } from './claims.ts';
export { simulationDocument } from './document.ts';
export type { SimulationFacts } from './document.ts';
export type { SimulatedIncident } from './incident-book.ts';
export { scenarioStartedAt, scenarioWindows } from './scenario.ts';
export type { Scenario } from './scenario.ts';
export { SimulationRun } from './simulation.ts';
export type { SimulationOutcome, SimulationRunOptions } from './simulation.ts';
export { matchText } from '../explain/words.ts';
export { TrafficReader } from './traffic.ts';
export type { TrafficFacts, TrafficSink } from './traffic.ts';

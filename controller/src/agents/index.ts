/**
 * The agents that are known: who they are, with which key, and how they are.
 *
 * Promises: an agent's key is never replaced by itself; an enrolment is on the disk, in the audit log's spool and in
 * `trust.json` before it is answered. Heartbeats are kept in memory only: a restart waits for the next ones.
 */
export { AgentRegistry, type Agent } from './registry.ts';
export { Heartbeats } from './heartbeats.ts';

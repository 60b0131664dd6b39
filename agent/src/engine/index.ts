/**
 * The engine: everything between a reading of the capture and the commands to the backends, without I/O.
 *
 * Promises: the same readings, seed and clock give the same commands, byte for byte, on any machine; nothing in here
 * reads a clock, a file or the network. Policy tests and simulations run what the agent runs.
 *
 * ```ts
 * const engine = createEngine({ random, clock, backends: ['xdp', 'nftables'] });
 * engine.setPolicy(bundle);
 * for (const command of engine.tick(source.read())) carryOut(command);
 * ```
 */
export { createEngine } from './engine.ts';
export type { Engine, EngineOptions, EngineStatus } from './engine.ts';
export type { Command, FoundRule, PlaybookEvent, Rule, SeenRule, Snapshot } from './playbook/index.ts';
export * from './types.ts';

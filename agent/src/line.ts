/**
 * The line, from the wire to the audit log:
 *
 *     capture → window → baseline → detector → classifier → playbook → (audit intent) → actions → (audit receipts)
 *
 * Ten times a second `tick` reads the capture source and walks the pure part, the engine, down to its commands; those
 * are carried out in order. An audit record is in the spool file before the action that it announces is handed over;
 * nothing is awaited. What an action comes to is told to the engine as an event, whose commands take the same way.
 * The uploader empties the spool on its own.
 */
import type { AuditEvent, Backend } from '@tidegate/schemas';
import type { InstallTask, Outcome, RemovalReason, WatchTask } from './actions/executor.ts';
import type { CaptureSource } from './capture/source.ts';
import type { Command, Engine, PlaybookEvent } from './engine/index.ts';
import type { Clock } from './ports.ts';

export interface LineParts {
  readonly source: Pick<CaptureSource, 'read'>;
  readonly engine: Pick<Engine, 'tick' | 'event'>;
  readonly audit: { append(event: AuditEvent): void };
  readonly actions: {
    install(task: InstallTask): void;
    renew(task: Pick<InstallTask, 'rule' | 'backend'>): void;
    watch(task: WatchTask): void;
    verify(backend: Backend, id: string): void;
    remove(backend: Backend, id: string, reason: RemovalReason): void;
  };
  /**
   * Keeps on disk what a restart needs, with the records that are about to be written; called once a turn that changed
   * something, before anything is recorded or installed.
   */
  readonly remember: (records: readonly AuditEvent[]) => void;
  readonly clock: Clock;
}

export interface Line {
  tick(): void;
  /** Carries out what the engine decided outside of a tick. */
  carryOut(commands: readonly Command[]): void;
  event(event: PlaybookEvent): void;
  outcome(outcome: Outcome): void;
}

export function createLine({ source, engine, audit, actions, remember, clock }: LineParts): Line {
  const carryOutOne = (command: Command): void => {
    switch (command.type) {
      case 'audit':
        audit.append(command.event);
        break;
      case 'install':
        actions.install(command);
        break;
      case 'renew':
        actions.renew(command);
        break;
      case 'watch':
        actions.watch(command);
        break;
      case 'verify':
        actions.verify(command.backend, command.id);
        break;
      case 'remove':
        actions.remove(command.backend, command.id, command.reason);
        break;
    }
  };
  const carryOut = (commands: readonly Command[]): void => {
    if (commands.length === 0) return;
    remember(commands.flatMap((command) => (command.type === 'audit' ? [command.event] : [])));
    for (const command of commands) carryOutOne(command);
  };
  return {
    carryOut,
    tick: () => {
      carryOut(engine.tick(source.read()));
    },
    event: (event) => {
      carryOut(engine.event(event));
    },
    outcome: (outcome) => {
      carryOut(engine.event({ atNs: clock.monotonicNs(), ...outcome }));
    },
  };
}

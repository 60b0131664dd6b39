import { formatAddress } from '@tidegate/schemas';
import type { Backend, Bundle, ControlResponse, Heartbeat } from '@tidegate/schemas';
import { classify } from './classifier/index.ts';
import { Detector } from './detector/index.ts';
import { compileMatch } from './packet/index.ts';
import type { Matcher } from './packet/index.ts';
import { emptyState, isLive, readSnapshot, snapshotOf, step } from './playbook/index.ts';
import type { Command, FoundRule, Incident, PlaybookEvent, PlaybookInput, PlaybookState, Snapshot } from './playbook/index.ts';
import type { Attack, Deviation, Reading, TargetWindow } from './types.ts';
import { Windows } from './window/index.ts';

export interface EngineOptions {
  readonly random: { hex(bytes: number): string };
  readonly clock: { monotonicNs(): number; wallMs(): number };
  /** Backends of this node, the preferred one first. */
  readonly backends: readonly Backend[];
}

/**
 * Every shape that crosses a boundary: policy kinds (what people write) and wire shapes (what programs exchange).
 *
 * Promises: strict (unknown keys are refused), a description on every field, plain JSON Schema draft-07 when written
 * out. These are build-time sources; at run time only their types and the validators generated from them are used.
 */
export type { Analysis } from './wire/analysis.ts';
export type {
  Backend,
  AuditBatch,
  AuditBody,
  AuditEvent,
  AuditKind,
  AuditRecord,
  AuditRecordOf,
  CeilingExcess,
  Evidence,
  ReceiptLevel,
} from './wire/audit.ts';
export type {
  Bundle,
  CeilingClass,
  CompiledCeiling,
  CompiledChannel,
  CompiledFlow,
  CompiledPlaybook,
  CompiledStep,
  CompiledThreshold,
  Indicators,
  SignedBundle,
} from './wire/bundle.ts';
export type { AgentConfig, ControllerConfig } from './wire/config.ts';
export type { ActiveMitigation, ControlRequest, ControlResponse } from './wire/control.ts';
export type { DatapathReport } from './wire/datapath.ts';
export type { Doctor, DoctorCheck } from './wire/doctor.ts';
export type { SiteHeld, SiteHold, SiteRelease, SiteRoutes } from './wire/site.ts';
export type { SpeakerConfig } from './wire/speaker.ts';
export type { CompiledScrubber, Diversion, Diversions, ScrubberCall } from './wire/scrubber.ts';
export type { CompiledCondition, CompiledFlowSpecPolicy } from './wire/upstream.ts';
export type { Finding, Findings } from './wire/findings.ts';
export type { BaselineReport } from './wire/baseline.ts';
export type { Explanation } from './wire/explanation.ts';
export type { Heartbeat, Incident } from './wire/heartbeat.ts';
export type { LengthRange, PortRange, TrafficMatch } from './wire/match.ts';
export type { CompiledProfile, FieldCondition } from './wire/profile.ts';
export type { AuditReceipt, InclusionProof } from './wire/receipt.ts';
export type { RecordingEnd, RecordingHeader, RecordingSample, RecordingWindow } from './wire/recording.ts';
export type { ControllerStatus, EnrolRequest, EnrolResponse, Problem } from './wire/routes.ts';
export type { Simulation, TestResults } from './wire/simulation.ts';
export type { Trust, TrustKey } from './wire/trust.ts';
export type { PolicyTest } from './policy/policy-test.ts';
export type { Mode, NotificationOccasion } from './common.ts';
export type { BgpLease, BgpLeases } from './wire/bgp.ts';
export type { Notification } from './wire/notification.ts';
export type { WireShapeName, WireShapes } from './registry.ts';

/** Every wire shape by the name that `check` and the schema files use: one line each. */
import type { Static } from 'typebox';
import { Analysis } from './wire/analysis.ts';
import { AuditBatch, AuditRecord } from './wire/audit.ts';
import { BgpLeases } from './wire/bgp.ts';
import { Bundle, SignedBundle } from './wire/bundle.ts';
import { AgentConfig, ControllerConfig } from './wire/config.ts';
import { ControlRequest, ControlResponse } from './wire/control.ts';
import { Doctor } from './wire/doctor.ts';
import { Findings } from './wire/findings.ts';
import { Heartbeat } from './wire/heartbeat.ts';
import { TrafficMatch } from './wire/match.ts';
import { Notification } from './wire/notification.ts';
import { AuditReceipt } from './wire/receipt.ts';
import { RecordingEnd, RecordingHeader, RecordingWindow } from './wire/recording.ts';
import { ControllerStatus, EnrolRequest, EnrolResponse, Problem } from './wire/routes.ts';
import { Simulation, TestResults } from './wire/simulation.ts';
import { Diversions } from './wire/scrubber.ts';
import { SiteHeld, SiteHold, SiteRelease, SiteRoutes } from './wire/site.ts';
import { SpeakerConfig } from './wire/speaker.ts';
import { Trust } from './wire/trust.ts';

export const wireShapes = {
  'agent-config': AgentConfig,
  analysis: Analysis,
  'audit-batch': AuditBatch,
  'audit-record': AuditRecord,
  'bgp-leases': BgpLeases,
  bundle: Bundle,
  'control-request': ControlRequest,
  'control-response': ControlResponse,
  'controller-config': ControllerConfig,
  'controller-status': ControllerStatus,
  diversions: Diversions,
  doctor: Doctor,
  'enrol-request': EnrolRequest,
  'enrol-response': EnrolResponse,
  findings: Findings,
  heartbeat: Heartbeat,
  notification: Notification,
  problem: Problem,
  receipt: AuditReceipt,
  'recording-end': RecordingEnd,
  'recording-header': RecordingHeader,
  'recording-window': RecordingWindow,
  'signed-bundle': SignedBundle,
  'site-held': SiteHeld,
  'site-hold': SiteHold,
  'site-release': SiteRelease,
  'site-routes': SiteRoutes,
  simulation: Simulation,
  'speaker-config': SpeakerConfig,
  'test-results': TestResults,
  'traffic-match': TrafficMatch,
  trust: Trust,
} as const;

/** The type of each wire shape by its name. */
export type WireShapes = { [Name in keyof typeof wireShapes]: Static<(typeof wireShapes)[Name]> };
export type WireShapeName = keyof WireShapes;

/** Every kind of policy document: one line each. */
import type { Static } from 'typebox';
import { AttackProfile } from './attack-profile.ts';
import { FlowSpecPolicy } from './flowspec-policy.ts';
import { NodeGroup } from './node-group.ts';
import { NotificationChannel } from './notification-channel.ts';
import { Playbook } from './playbook.ts';
import { PolicyTest } from './policy-test.ts';
import { Scrubber } from './scrubber.ts';
import { ThreatFeed } from './threat-feed.ts';
import { Threshold } from './threshold.ts';

export const policyKinds = {
  AttackProfile,
  FlowSpecPolicy,
  NodeGroup,
  NotificationChannel,
  Playbook,
  PolicyTest,
  Scrubber,
  ThreatFeed,
  Threshold,
} as const;

/** The document of each kind, as it is written. */
export type PolicyKinds = { [Kind in keyof typeof policyKinds]: Static<(typeof policyKinds)[Kind]> };
export type PolicyKind = keyof PolicyKinds;

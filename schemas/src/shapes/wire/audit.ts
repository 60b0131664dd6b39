/** The audit record: everything that is done by itself, or refused, becomes one of these and ends in git. */
import { Type, type Static } from 'typebox';
import {
  Address,
  Commit,
  Counter64,
  Digest,
  Family,
  KeyId,
  Mode,
  Name,
  PublicKey,
  Signature,
  Timestamp,
  descriptionOf,
  strict,
} from '../common.ts';
import { TrafficMatch } from './match.ts';

export const Backend = Type.Enum(['xdp', 'nftables', 'replay'], {
  description: 'Where a rule is installed; replay is the virtual one of simulations.',
});
export type Backend = Static<typeof Backend>;

/** Receipt levels, weakest first: none is reported above what was seen. */
export const ReceiptLevel = Type.Enum(['accepted', 'advertised', 'installed', 'effective'], {
  description:
    'accepted: the interface said yes; advertised: sent to a BGP peer; installed: read back from where it takes effect; effective: the matching traffic fell.',
});
export type ReceiptLevel = Static<typeof ReceiptLevel>;

const Reasons = Type.Array(Type.String({ maxLength: 500 }), {
  maxItems: 32,
  description: 'Why, in sentences that a person can act on.',
});
const Rate = (description: string) => Type.Number({ minimum: 0, description });
const IncidentId = Type.String({ pattern: '^inc-[0-9a-f]{16}$', description: 'The incident.' });
const MitigationId = Type.String({
  pattern: '^mit-[0-9a-f]{16}$',
  description: 'The mitigation: one rule of one incident in one backend.',
});

export const Evidence = strict(
  {
    metric: Type.Enum(['packets', 'bits'], { description: 'What exceeded its limit.' }),
    value: Rate('The measured rate, packets/s or bits/s.'),
    threshold: Rate('The limit it exceeded, in the same unit.'),
    packetsPerSecond: Rate('Packets/s to the target in the window.'),
    bitsPerSecond: Rate('Bits/s to the target in the window.'),
    samples: Type.Integer({
      minimum: 0,
      description: 'How many sampled packets the classification rests on.',
    }),
    windowMs: Rate('Length of the window by the kernel clock, ms.'),
    firstPacketAt: Type.Union([Timestamp, Type.Null()], {
      description: 'When the excess began, as near as the kernel time stamps tell.',
    }),
  },
  'What was measured.',
);
export type Evidence = Static<typeof Evidence>;

/** The body of a record by its kind. */
export const bodies = {
  'agent.started': strict(
    {
      version: Type.String({ maxLength: 64, description: 'Version of the agent.' }),
      capture: Type.String({
        maxLength: 64,
        description: 'The capture source and mode, such as xdp/native.',
      }),
      adopted: Type.Integer({ minimum: 0, description: 'Rules found in the kernel and kept.' }),
      removed: Type.Integer({ minimum: 0, description: 'Rules found in the kernel and removed.' }),
    },
    'The agent began to watch.',
  ),
  'agent.stopped': strict(
    {
      reason: Type.String({ maxLength: 200, description: 'Why it stopped.' }),
      kept: Type.Integer({ minimum: 0, description: 'Rules left in the kernel to their TTL.' }),
      removed: Type.Integer({ minimum: 0, description: 'Rules removed on the way out.' }),
    },
    'The agent stopped in order.',
  ),
  'bundle.activated': strict(
    {
      digest: Digest,
      epoch: Type.Integer({ minimum: 1, description: 'Epoch of the bundle.' }),
      commit: Commit,
      mode: Mode,
    },
    'A new policy took effect on the agent.',
  ),
  'bundle.refused': strict(
    {
      digest: Type.Union([Digest, Type.Null()], {
        description: 'Digest that was offered, null where it could not be computed.',
      }),
      stage: Type.Enum(['envelope', 'signature', 'schema', 'epoch', 'expiry', 'empty', 'activate'], {
        description: 'Where it failed.',
      }),
      reason: Type.String({ maxLength: 500, description: 'What was wrong.' }),
    },
    'An offered policy was not taken; the one before stays in force.',
  ),
  'incident.opened': strict(
    {
      incident: IncidentId,
      target: Address,
      family: Family,
      confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure, from 0 to 1.' }),
      evidence: Evidence,
      reasons: Reasons,
    },
    'An attack was detected.',
  ),
  'incident.updated': strict(
    {
      incident: IncidentId,
      target: Address,
      family: Family,
      confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure, from 0 to 1.' }),
      reasons: Reasons,
    },
    'An incident was named anew, or another vector joined it.',
  ),
  'incident.closed': strict(
    {
      incident: IncidentId,
      target: Address,
      family: Family,
      reason: Type.Enum(['quiet', 'released', 'stopped', 'policy', 'expired'], {
        description: 'Why it ended.',
      }),
      durationMs: Type.Integer({ minimum: 0, description: 'From opening to closing, ms.' }),
      droppedPackets: Counter64,
      droppedBytes: Counter64,
    },
    'An incident ended.',
  ),
  'action.intent': strict(
    {
      incident: IncidentId,
      mitigation: MitigationId,
      playbook: Name,
      step: Type.Integer({ minimum: 0, description: 'Index of the step.' }),
      action: Type.Enum(['drop'], { description: 'What is to be done.' }),
      backend: Backend,
      mode: Mode,
      match: TrafficMatch,
      ttlMs: Type.Integer({ minimum: 0, description: 'Time to live of the rule, ms.' }),
      reasons: Reasons,
    },
    'Written before the action.',
  ),
  'action.receipt': strict(
    {
      incident: IncidentId,
      mitigation: MitigationId,
      backend: Backend,
      level: ReceiptLevel,
      handle: Type.String({ maxLength: 128, description: 'The name of the rule where it is installed.' }),
      packets: Counter64,
      bytes: Counter64,
      expiresInMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
        description: 'What the kernel says is left of the TTL, ms.',
      }),
    },
    'What was read back.',
  ),
  'action.failed': strict(
    {
      incident: IncidentId,
      mitigation: MitigationId,
      backend: Backend,
      code: Type.String({ pattern: '^TG[0-9]{4}$', description: 'Code from the error catalogue.' }),
      reason: Type.String({ maxLength: 500, description: 'What went wrong.' }),
    },
    'An action did not take effect.',
  ),
  'action.refused': strict(
    {
      incident: IncidentId,
      rail: Type.String({ maxLength: 64, description: 'The safety rail that refused.' }),
      reason: Type.String({ maxLength: 500, description: 'What it would have done.' }),
      match: Type.Union([TrafficMatch, Type.Null()], {
        description: 'The rule that was refused, where there was one.',
      }),
    },
    'A safety rail refused an action.',
  ),
  'action.removed': strict(
    {
      incident: IncidentId,
      mitigation: MitigationId,
      backend: Backend,
      reason: Type.Enum(['quiet', 'released', 'stopped', 'policy', 'expired', 'orphan', 'superseded'], {
        description: 'Why it was removed.',
      }),
      packets: Counter64,
      bytes: Counter64,
      verified: Type.Boolean({ description: 'Whether its absence was read back.' }),
    },
    'A rule is gone.',
  ),
  'operator.command': strict(
    {
      command: Type.Enum(['release', 'stop-all', 'lift', 'suspend', 'resume'], {
        description: 'What a person asked for.',
      }),
      subject: Type.String({ maxLength: 128, description: 'What it is about.' }),
      by: Type.String({ maxLength: 128, description: 'Who asked, as far as the system knows.' }),
    },
    'A person acted.',
  ),
  'audit.gap': strict(
    {
      lost: Counter64,
      from: Timestamp,
      to: Timestamp,
      reason: Type.String({ maxLength: 200, description: 'Why records were lost.' }),
    },
    'Records could not be kept; this is the first thing written on recovery.',
  ),
  'agent.enrolled': strict(
    {
      name: Name,
      keyId: KeyId,
      publicKey: PublicKey,
      group: Type.Union([Name, Type.Null()], {
        description: 'The group that claims it, null while none does.',
      }),
    },
    'The controller accepted the key of an agent.',
  ),
  'audit.forked': strict(
    {
      name: Name,
      seq: Type.Integer({ minimum: 1, description: 'The first sequence number that differs.' }),
      logged: Type.Union([Digest, Type.Null()], {
        description: 'Hash that the log holds or expects there, null where it expects a first record.',
      }),
      offered: Digest,
    },
    'An agent offered another history than the log holds under its name; both are kept.',
  ),
  'bundle.published': strict(
    {
      digest: Digest,
      epoch: Type.Integer({ minimum: 1, description: 'Epoch of the bundle.' }),
      commit: Commit,
      group: Name,
    },
    'The controller signed and published a policy.',
  ),
  'policy.refused': strict(
    {
      commit: Commit,
      findings: Type.Integer({ minimum: 1, description: 'How many findings are errors.' }),
      first: Type.String({ maxLength: 500, description: 'The first of them, file:line:column and message.' }),
    },
    'A policy revision did not validate; the one before stays in force.',
  ),
} as const;
export type AuditKind = keyof typeof bodies;

const head = {
  schema: Type.Literal('tidegate/audit/v1', { description: 'The version of this shape.' }),
  agent: Name,
  seq: Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'Counts the records of this agent, without a gap, from 1.',
  }),
  prev: Type.Union([Digest, Type.Null()], {
    description: 'Hash of the record before, null for the first one.',
  }),
  at: Timestamp,
  policy: Type.Union(
    [
      strict(
        {
          digest: Digest,
          epoch: Type.Integer({ minimum: 1, description: 'Epoch of the bundle in force.' }),
          commit: Commit,
        },
        'The policy in force.',
      ),
      Type.Null(),
    ],
    { description: 'The policy in force when this happened, null before there was one.' },
  ),
};

const record = <const Kind extends AuditKind>(kind: Kind) =>
  strict(
    { ...head, kind: Type.Literal(kind, { description: 'What happened.' }), body: bodies[kind] },
    descriptionOf(bodies[kind]),
  );

export const AuditRecord = Type.Union(
  [
    record('agent.started'),
    record('agent.stopped'),
    record('bundle.activated'),
    record('bundle.refused'),
    record('incident.opened'),
    record('incident.updated'),
    record('incident.closed'),
    record('action.intent'),
    record('action.receipt'),
    record('action.failed'),
    record('action.refused'),
    record('action.removed'),
    record('operator.command'),
    record('audit.gap'),
    record('agent.enrolled'),
    record('audit.forked'),
    record('bundle.published'),
    record('policy.refused'),
  ],
  { description: 'One entry of the audit log. Its hash is the SHA-256 of its canonical JSON (RFC 8785).' },
);
export type AuditRecord = Static<typeof AuditRecord>;
export type AuditRecordOf<Kind extends AuditKind> = Extract<AuditRecord, { kind: Kind }>;
export type AuditBody<Kind extends AuditKind> = AuditRecordOf<Kind>['body'];
/** What a stage hands over; sequence number, chain and time are added by the spool. */
export type AuditEvent = { [Kind in AuditKind]: { kind: Kind; body: AuditBody<Kind> } }[AuditKind];

export const AuditBatch = strict(
  {
    schema: Type.Literal('tidegate/audit-batch/v1', { description: 'The version of this shape.' }),
    agent: Name,
    firstSeq: Type.Integer({ minimum: 1, description: 'Sequence number of the first record.' }),
    lastSeq: Type.Integer({ minimum: 1, description: 'Sequence number of the last record.' }),
    head: Digest,
    keyId: KeyId,
    signature: Signature,
    records: Type.Array(Type.String({ maxLength: 16_384, description: 'A record in canonical JSON.' }), {
      minItems: 1,
      maxItems: 500,
      description: 'The records in order, each exactly the bytes that are hashed.',
    }),
  },
  'Records on their way to the controller. The signature is over the text "tidegate/audit-batch/v1\\nAGENT\\nFIRST\\nLAST\\nHEAD\\n".',
);
export type AuditBatch = Static<typeof AuditBatch>;

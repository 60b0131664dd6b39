/** The audit record: everything that is done by itself, or refused, becomes one of these and ends in git. */
import { Type, type Static } from 'typebox';
import { Commit, Digest, KeyId, Name, Signature, Timestamp, descriptionOf, strict } from '../common.ts';
import { actionBodies } from './audit/action.ts';
import { agentBodies } from './audit/agent.ts';
import { captureBodies } from './audit/capture.ts';
import { controllerBodies } from './audit/controller.ts';
import { incidentBodies } from './audit/incident.ts';
import { notificationBodies } from './audit/notification.ts';

export type { Backend, CeilingExcess, Evidence, ReceiptLevel } from './audit/parts.ts';

/** The body of a record by its kind. */
const bodies = {
  ...agentBodies,
  ...incidentBodies,
  ...actionBodies,
  ...captureBodies,
  ...notificationBodies,
  ...controllerBodies,
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
    record('indicators.loaded'),
    record('indicators.failed'),
    record('incident.opened'),
    record('incident.updated'),
    record('incident.closed'),
    record('action.intent'),
    record('action.receipt'),
    record('action.failed'),
    record('action.refused'),
    record('action.removed'),
    record('action.ceiling'),
    record('capture.saved'),
    record('capture.failed'),
    record('notification.sent'),
    record('notification.failed'),
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

/** What `tidegate simulate` and `tidegate test` print: what a policy does on given traffic, in virtual time. */
import { Type, type Static } from 'typebox';
import { Commit, Family, Mode, Name, Target, Timestamp, strict } from '../common.ts';
import { Backend, IncidentId, ReceiptLevel, Reasons } from './audit/parts.ts';
import { TrafficMatch } from './match.ts';

const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(
  schema: Schema,
  description: string,
) => Type.Union([schema, Type.Null()], { description });
const AtMs = (description: string) =>
  Type.Number({ minimum: 0, description: `${description}, ms since the start of the traffic.` });
const Packets = (description: string) => Type.Integer({ minimum: 0, description });

const ActionType = Type.Enum(['drop', 'synproxy', 'flowspec', 'scrub', 'rtbh', 'ceiling'], {
  description: 'An action of a playbook, or what a ceiling of a threshold held back.',
});

const Action = strict(
  {
    type: ActionType,
    atMs: AtMs('When it was taken'),
    ttlSeconds: orNull(
      Type.Number({ minimum: 0 }),
      'Its time to live; null for a ceiling, which is always on.',
    ),
    mode: Mode,
    backend: Backend,
    match: orNull(TrafficMatch, 'The rule; null for a ceiling.'),
    level: orNull(ReceiptLevel, 'How far it came; null where it never took effect.'),
    endedAtMs: orNull(
      Type.Number({ minimum: 0 }),
      'When it was lifted, ms since the start; null where it was still on.',
    ),
  },
  'An action. In observe mode it is what would have been done.',
);

const Refusal = strict(
  {
    atMs: AtMs('When'),
    rail: Type.String({ maxLength: 64, description: 'The safety rail, or the error code of what failed.' }),
    reason: Type.String({ maxLength: 500, description: 'Why.' }),
  },
  'An action that was refused, or failed.',
);

const Incident = strict(
  {
    id: IncidentId,
    target: Target,
    family: Family,
    confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure of the family, 0 to 1.' }),
    startedAtMs: AtMs('When the excess began, as near as samples tell'),
    detectedAtMs: AtMs('When the incident was opened'),
    endedAtMs: orNull(
      Type.Number({ minimum: 0 }),
      'When it was closed, ms since the start; null where it was still open.',
    ),
    reasons: Reasons,
    actions: Type.Array(Action, { maxItems: 256, description: 'What was done, in order.' }),
    refused: Type.Array(Refusal, { maxItems: 256, description: 'What was not done, and why.' }),
  },
  'An incident.',
);

const Collateral = strict(
  {
    packets: orNull(
      Packets('Packets.'),
      'Legitimate packets that would have been dropped; null where it is not known.',
    ),
    share: orNull(
      Type.Number({ minimum: 0, maximum: 1 }),
      'Their share of the legitimate packets to a target while something was done for it; null where it is not known.',
    ),
    basis: orNull(
      Type.Enum(['labels', 'quiet-samples']),
      'labels: the samples say which packets are legitimate; quiet-samples: estimated from those of the same target before its incident; null where it is not known, and where nothing was done.',
    ),
    samples: Packets('Sampled packets of legitimate traffic that it rests on.'),
    reason: orNull(Type.String({ maxLength: 500 }), 'Why it is not known; null where it is.'),
  },
  'What it would have cost legitimate users.',
);

const Volume = strict(
  {
    total: Packets('Packets to protected addresses.'),
    wouldDrop: Packets('Of them, dropped by rules and ceilings, in observe mode what would have been.'),
    wouldAnswer: Packets('Of them, connection requests answered with a SYN cookie in place of the server.'),
  },
  'Packets, as the samples tell.',
);

const Labelled = strict(
  {
    target: Target,
    family: Type.String({ maxLength: 48, description: 'As the traffic is labelled.' }),
    startedAtMs: AtMs('Its first window'),
    endedAtMs: AtMs('Its last window'),
    incident: orNull(IncidentId, 'The first incident that overlaps it; null where it was missed.'),
    detectionMs: orNull(
      Type.Number({ minimum: 0 }),
      'From its start to the incident, ms; 0 where that was open before; null where it was missed.',
    ),
  },
  'An attack that the traffic says is in it.',
);

const Trigger = strict(
  {
    incident: IncidentId,
    target: Target,
    family: Family,
    atMs: AtMs('When'),
    trigger: Type.Enum(['incident', 'drop', 'synproxy', 'flowspec', 'scrub', 'rtbh', 'ceiling'], {
      description: 'The incident itself, or an action within it.',
    }),
  },
  'What one of two policies triggers and the other does not.',
);

const listMax = 10_000;

export const Simulation = strict(
  {
    schema: Type.Literal('tidegate/simulation/v1', { description: 'The version of this shape.' }),
    group: Name,
    mode: Mode,
    traffic: strict(
      {
        kind: Type.Enum(['recording', 'pcap', 'scenario'], { description: 'What it came from.' }),
        startedAt: Timestamp,
        durationMs: Type.Number({ minimum: 0, description: 'Its length, ms.' }),
        windows: Packets('Windows that were looked at.'),
        windowsLost: Packets('Windows that the agent could not write.'),
        samples: Packets('Sampled packets in them.'),
      },
      'The traffic.',
    ),
    incidents: Type.Array(Incident, { maxItems: listMax, description: 'Incidents, in order.' }),
    incidentsLeftOut: Packets('Incidents beyond those that are listed.'),
    packets: Volume,
    collateral: Collateral,
    labelled: orNull(
      Type.Array(Labelled, { maxItems: listMax, description: 'Attacks, by their start.' }),
      'Attacks that the traffic is labelled with; null where it has no labels.',
    ),
    diff: orNull(
      strict(
        {
          base: Commit,
          newlyTriggered: Type.Array(Trigger, {
            maxItems: 2 * listMax,
            description: 'What this policy triggers and the base does not.',
          }),
          noLongerTriggered: Type.Array(Trigger, {
            maxItems: 2 * listMax,
            description: 'What the base triggers and this policy does not.',
          }),
          packets: Volume,
          collateral: Collateral,
        },
        'The same traffic under the policy of another revision; packets and collateral are those of the base.',
      ),
      'Null where no base was given.',
    ),
  },
  'The JSON of `tidegate simulate --format json`: the same policy and traffic give the same bytes.',
);
export type Simulation = Static<typeof Simulation>;

const Result = strict(
  {
    name: Name,
    file: Type.String({ description: 'Path below the policy folder, with forward slashes.' }),
    line: Type.Integer({ minimum: 1, description: 'Line of the document, from 1.' }),
    group: Name,
    outcome: Type.Enum(['passed', 'failed', 'error'], {
      description: 'error: it could not be run, which is never a pass.',
    }),
    failures: Type.Array(
      strict(
        {
          claim: Type.String({
            description: 'The claim as a JSON Pointer into the document, such as /spec/never/0.',
          }),
          line: Type.Integer({ minimum: 1, description: 'Line of the claim, from 1.' }),
          message: Type.String({ description: 'What happened instead, and when.' }),
        },
        'A claim that does not hold.',
      ),
      { description: 'Every claim that does not hold.' },
    ),
    error: orNull(
      strict(
        {
          code: Type.String({ pattern: '^TG[0-9]{4}$', description: 'Code from the error catalogue.' }),
          message: Type.String({ description: 'What went wrong.' }),
        },
        'Why it could not be run.',
      ),
      'Null where it could be run.',
    ),
    incidents: Type.Array(Incident, { maxItems: listMax, description: 'What happened, in order.' }),
    packets: orNull(Volume, 'Null where it could not be run.'),
    collateral: orNull(Collateral, 'Null where it could not be run.'),
  },
  'The outcome of one PolicyTest.',
);

export const TestResults = strict(
  {
    schema: Type.Literal('tidegate/test-results/v1', { description: 'The version of this shape.' }),
    tests: Type.Array(Result, { description: 'Every PolicyTest, by name.' }),
    passed: Packets('How many passed.'),
    failed: Packets('How many failed.'),
    errors: Packets('How many could not be run.'),
  },
  'The JSON of `tidegate test --format json`.',
);
export type TestResults = Static<typeof TestResults>;

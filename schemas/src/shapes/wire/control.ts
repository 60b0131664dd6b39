/** Messages of the agent's control socket: one JSON document a line, a request and its answer. */
import { Type, type Static } from 'typebox';
import { TrafficMatch } from './match.ts';
import { Backend, ReceiptLevel } from './audit/parts.ts';
import { BaselineReport } from './baseline.ts';
import { CeilingClass } from './bundle.ts';
import { DatapathReport } from './datapath.ts';
import { Explanation } from './explanation.ts';
import { Heartbeat } from './heartbeat.ts';
import { Counter64, Target, strict } from '../common.ts';

export const ControlRequest = Type.Union(
  [
    strict(
      {
        schema: Type.Literal('tidegate/control/v1', { description: 'The version of this shape.' }),
        command: Type.Literal('status', { description: 'Asks how things are.' }),
      },
      'Asks how things are.',
    ),
    strict(
      {
        schema: Type.Literal('tidegate/control/v1', { description: 'The version of this shape.' }),
        command: Type.Literal('explain', { description: 'Asks why.' }),
        incident: Type.Union([Type.String({ pattern: '^inc-[0-9a-f]{16}$' }), Type.Null()], {
          description: 'Which incident, null for the latest.',
        }),
      },
      'Asks why an incident was opened, named and answered as it was.',
    ),
    strict(
      {
        schema: Type.Literal('tidegate/control/v1', { description: 'The version of this shape.' }),
        command: Type.Literal('baseline', { description: 'About what was learned of usual traffic.' }),
        order: Type.Enum(['show', 'reset', 'pin', 'unpin'], {
          description:
            'show tells what is known; reset forgets it; pin takes a value for usual whatever is learned, until unpin.',
        }),
        target: Type.Union([Target, Type.Null()], { description: 'Which target, null for all of them.' }),
        volume: Type.Optional(CeilingClass),
        value: Type.Optional(
          Type.Number({ minimum: 0, description: 'With pin: packets/s, or bits/s for bits.' }),
        ),
        by: Type.String({ maxLength: 128, description: 'Who asks.' }),
      },
      'Asks or tells the agent what is usual.',
    ),
    strict(
      {
        schema: Type.Literal('tidegate/control/v1', { description: 'The version of this shape.' }),
        command: Type.Literal('record', { description: 'Asks for a recording.' }),
        durationMs: Type.Integer({
          minimum: 100,
          maximum: 2_678_400_000,
          description: 'How long, ms; at most 31 days.',
        }),
        samplesPerWindow: Type.Integer({
          minimum: 0,
          maximum: 4096,
          description: 'Sampled packets that are kept of each window at most.',
        }),
        anonymise: Type.Boolean({ description: 'Whether source addresses are replaced, prefixes kept.' }),
        bytesMax: Type.Integer({
          minimum: 4096,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'It ends before it would be larger, bytes.',
        }),
        by: Type.String({ maxLength: 128, description: 'Who asks.' }),
      },
      'Asks for a recording of what the agent sees from now on. Closing the side that asks ends it early.',
    ),
    strict(
      {
        schema: Type.Literal('tidegate/control/v1', { description: 'The version of this shape.' }),
        command: Type.Literal('release', { description: 'Lifts mitigations.' }),
        incident: Type.Union([Type.String({ pattern: '^inc-[0-9a-f]{16}$' }), Type.Null()], {
          description: 'Which incident, null for all.',
        }),
        by: Type.String({ maxLength: 128, description: 'Who asks.' }),
      },
      'Lifts the mitigations of one incident or of all; detection goes on.',
    ),
    strict(
      {
        schema: Type.Literal('tidegate/control/v1', { description: 'The version of this shape.' }),
        command: Type.Literal('stop-all', { description: 'The kill switch.' }),
        by: Type.String({ maxLength: 128, description: 'Who asks.' }),
      },
      'Removes every rule and acts no more until it is lifted.',
    ),
    strict(
      {
        schema: Type.Literal('tidegate/control/v1', { description: 'The version of this shape.' }),
        command: Type.Literal('lift', { description: 'Ends stop-all.' }),
        by: Type.String({ maxLength: 128, description: 'Who asks.' }),
      },
      'Ends stop-all.',
    ),
  ],
  { description: 'A request.' },
);
export type ControlRequest = Static<typeof ControlRequest>;

export const ActiveMitigation = strict(
  {
    id: Type.String({ pattern: '^mit-[0-9a-f]{16}$', description: 'The mitigation.' }),
    incident: Type.String({ pattern: '^inc-[0-9a-f]{16}$', description: 'Its incident.' }),
    backend: Backend,
    match: TrafficMatch,
    level: Type.Union([ReceiptLevel, Type.Null()], { description: 'The highest receipt so far.' }),
    packets: Counter64,
    expiresInMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: 'What is left of its TTL, ms.',
    }),
  },
  'A rule in force.',
);
export type ActiveMitigation = Static<typeof ActiveMitigation>;

export const ControlResponse = Type.Union(
  [
    strict(
      {
        schema: Type.Literal('tidegate/control-status/v1', { description: 'The version of this shape.' }),
        heartbeat: Heartbeat,
        mitigations: Type.Array(ActiveMitigation, { maxItems: 1024, description: 'Rules in force.' }),
        ticks: strict(
          {
            total: Type.Integer({ minimum: 0, description: 'Ticks so far.' }),
            missed: Type.Integer({ minimum: 0, description: 'Ticks that never came in their interval.' }),
            lateMsMax: Type.Number({ minimum: 0, description: 'Latest of the last 3,000 ticks, ms.' }),
            lateMsP99: Type.Number({
              minimum: 0,
              description: 'How late 99 in 100 of the last 3,000 ticks were at most, ms.',
            }),
          },
          'How the tick thread keeps time.',
        ),
        datapath: Type.Optional(DatapathReport),
      },
      'Answer to status.',
    ),
    strict(
      {
        schema: Type.Literal('tidegate/control-recording/v1', { description: 'The version of this shape.' }),
        capture: Type.String({ maxLength: 64, description: 'Where packets are seen, such as xdp/native.' }),
      },
      'Answer to record: behind it come the lines of the recording, and then the connection ends.',
    ),
    strict(
      {
        schema: Type.Literal('tidegate/control-done/v1', { description: 'The version of this shape.' }),
        removed: Type.Integer({ minimum: 0, description: 'Rules removed.' }),
      },
      'Answer to release, stop-all and lift.',
    ),
    Explanation,
    BaselineReport,
    strict(
      {
        schema: Type.Literal('tidegate/control-error/v1', { description: 'The version of this shape.' }),
        code: Type.String({ pattern: '^TG[0-9]{4}$', description: 'Code from the error catalogue.' }),
        message: Type.String({ description: 'What went wrong and what to do.' }),
      },
      'The request was not carried out.',
    ),
  ],
  { description: 'An answer.' },
);
export type ControlResponse = Static<typeof ControlResponse>;

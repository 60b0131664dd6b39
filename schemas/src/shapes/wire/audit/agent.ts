/** Bodies of the records in which an agent speaks of itself, its policy and its operator. */
import { Type } from 'typebox';
import { Commit, Counter64, Digest, Mode, Timestamp, strict } from '../../common.ts';

export const agentBodies = {
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
  'indicators.loaded': strict(
    {
      digest: Type.Union([Digest, Type.Null()], {
        description: 'The set that is in force now, null where none is.',
      }),
      entries: Type.Integer({ minimum: 0, description: 'Entries of all its feeds.' }),
    },
    'Another set of threat indicators took effect on the agent.',
  ),
  'indicators.failed': strict(
    {
      digest: Digest,
      stage: Type.Enum(['download', 'digest', 'load'], { description: 'Where it failed.' }),
      reason: Type.String({ maxLength: 500, description: 'What was wrong.' }),
    },
    'A set of threat indicators could not be put in force; the one before stays.',
  ),
  'operator.command': strict(
    {
      command: Type.Enum(
        [
          'release',
          'stop-all',
          'lift',
          'suspend',
          'resume',
          'baseline-reset',
          'baseline-pin',
          'baseline-unpin',
          'record',
        ],
        {
          description: 'What a person asked for.',
        },
      ),
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
} as const;

/** What the kernel's datapath has seen beside rates and rules; a part of the agent's status. */
import { Type, type Static } from 'typebox';
import { Address, Counter64, strict } from '../common.ts';

const Packets = (description: string) => Type.Integer({ minimum: 0, description });

export const DatapathReport = strict(
  {
    sources: strict(
      {
        known: Packets('Sources that became known and are remembered, in the younger half of the memory.'),
        heaviest: Type.Array(
          strict(
            {
              source: Address,
              target: Type.Union([Address, Type.Null()], {
                description: 'Whom it sends to; null where the table of targets was full.',
              }),
              packetsPerSecond: Packets('Estimate from samples, packets/s.'),
            },
            'A source that sends much.',
          ),
          { maxItems: 20, description: 'The heaviest sources of the last second.' },
        ),
      },
      'Who sends.',
    ),
    neverBlock: Type.Array(
      strict(
        {
          name: Type.String({ maxLength: 128, description: 'What the flow is, such as ssh 198.51.100.7.' }),
          kept: Packets('Packets that were kept from a drop.'),
          overRate: Packets('Packets above its rate, which were treated like any other.'),
        },
        'A flow that nothing drops within its rate.',
      ),
      { maxItems: 64, description: 'Flows that this server depends on.' },
    ),
    indicators: Type.Union(
      [
        strict(
          {
            entries: Packets('Entries of the set in force.'),
            builtAt: Type.String({ maxLength: 40, description: 'When the controller made the set.' }),
            matched: Type.Array(
              strict(
                {
                  feed: Type.String({ maxLength: 128, description: 'Name of the feed.' }),
                  entry: Type.String({ maxLength: 64, description: 'The entry that holds the source.' }),
                  action: Type.Enum(['count', 'drop'], { description: 'What the policy says of the feed.' }),
                  packets: Packets('Estimate from samples of the last minutes.'),
                },
                'An entry that traffic came from.',
              ),
              { maxItems: 20, description: 'Entries that traffic came from, most packets first.' },
            ),
          },
          'Threat indicators in force.',
        ),
        Type.Null(),
      ],
      { description: 'Threat indicators in force; null for none.' },
    ),
    malformed: Type.Record(Type.String({ pattern: '^[a-zA-Z0-9]{1,32}$' }), Counter64, {
      description: 'Frames that were no sound packets, by kind; kinds without any are left out.',
    }),
    captures: Type.Union(
      [
        strict(
          {
            saved: Packets('Captures saved since the start.'),
            failed: Packets('Captures that could not be saved.'),
            removed: Packets('Captures that were removed to keep the limits.'),
          },
          'Packet captures of incidents.',
        ),
        Type.Null(),
      ],
      { description: 'Packet captures of incidents; null where none are made.' },
    ),
  },
  'What the kernel has seen beside rates and rules.',
);
export type DatapathReport = Static<typeof DatapathReport>;

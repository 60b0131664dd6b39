import { Type, type Static } from 'typebox';
import { policyDefaults } from '../../policy/defaults.ts';
import { Name, strict } from '../common.ts';
import { Duration, PacketRate, Share } from './amounts.ts';
import { policyDocument } from './document.ts';
import { FilePath } from './file-path.ts';

const { scenario } = policyDefaults;

const Actions = (description: string) =>
  Type.Array(
    Type.Enum(['drop', 'synproxy', 'flowspec', 'rtbh', 'ceiling'], {
      description:
        'What may be done: drop, synproxy, flowspec and rtbh are actions of a playbook step, ceiling is what a threshold holds back.',
    }),
    { minItems: 1, maxItems: 16, description },
  );

const Scenario = strict(
  {
    attack: Type.String({
      pattern: '^[a-z][a-z0-9_]{1,47}$',
      description:
        'The attack family, such as syn_flood; none for a surge of the traffic itself, as on the day of a launch.',
    }),
    traffic: Type.Optional(
      Type.Enum(
        [
          ...['web', 'api', 'quic', 'game', 'voice', 'dns', 'vpn', 'nat'],
          ...['backup', 'download', 'speed-test', 'mixed'],
        ],
        {
          default: scenario.traffic,
          description: `The legitimate traffic that is on all the time, and surges where there is no attack. Default ${scenario.traffic}.`,
        },
      ),
    ),
    packets: PacketRate('Rate of the attack, or of the surge, packets/s.', { max: 1e8 }),
    background: Type.Optional(
      PacketRate(`Rate of the legitimate traffic, packets/s. Default ${scenario.background}.`, {
        max: 20_000,
        default: scenario.background,
      }),
    ),
    duration: Type.Optional(
      Duration(`How long the attack or the surge lasts. Default ${scenario.duration}.`, {
        min: 100,
        max: 600_000,
        default: scenario.duration,
      }),
    ),
    seed: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 4_294_967_295,
        default: scenario.seed,
        description: `Another seed draws other addresses, ports and lengths. Default ${scenario.seed}.`,
      }),
    ),
  },
  'Traffic from the seeded generator: half a minute of legitimate traffic, then the attack on top of it.',
);

export const PolicyTest = policyDocument(
  'PolicyTest',
  'What the policy must do, and must never do, on given traffic.',
  {
    given: strict(
      {
        recording: Type.Optional(
          FilePath('A recording (NDJSON, also .gz), as a path from the root of the policy folder.'),
        ),
        pcap: Type.Optional(
          FilePath(
            'A packet capture (pcap or pcapng, also .gz), as a path from the root of the policy folder.',
          ),
        ),
        scenario: Type.Optional(Scenario),
        group: Name,
      },
      'The traffic, one of recording, pcap and scenario, and the node group whose policy is tested.',
    ),
    expect: Type.Optional(Actions('Actions that must be taken.')),
    never: Type.Optional(
      Actions('Actions that must not be taken. A ceiling that drops counts as a drop as well.'),
    ),
    budget: Type.Optional(
      strict(
        {
          collateral: Type.Optional(
            Share(
              'Largest share of legitimate packets that may be dropped while something is done. Where it is not known, the test fails.',
              { min: 0, max: 1 },
            ),
          ),
          detection: Type.Optional(
            Duration(
              'Longest time from the start of each labelled attack to its incident. Where no attack is labelled, the test fails.',
            ),
          ),
        },
        'What may not be exceeded.',
      ),
    ),
  },
);
export type PolicyTest = Static<typeof PolicyTest>;

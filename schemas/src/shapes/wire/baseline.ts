/** What an agent has learned of usual traffic, and what operators say of it. */
import { Type, type Static } from 'typebox';
import { Target, strict } from '../common.ts';

const Value = (description: string) => Type.Number({ minimum: 0, description });

const Usual = strict(
  {
    median: Value('What half of the observations lie below.'),
    spread: Value('Robust standard deviation of the logarithm.'),
    high: Value('About what one observation in a thousand exceeds.'),
    count: Value('How many observations stand behind it.'),
    ageMs: Value('Since the first of them, ms.'),
  },
  'What is usual now, in packets/s, in bits/s for bits, or as a share or a ratio.',
);

const FeatureReport = strict(
  {
    name: Type.String({
      maxLength: 64,
      description:
        'A volume or ratio and its time scale, such as packets@1s; @100ms is the highest tenth of a second.',
    }),
    usual: Type.Union([Usual, Type.Null()], { description: 'Null where nothing is known.' }),
    isPinned: Type.Boolean({ description: 'Whether an operator said so.' }),
    hours: Type.Union(
      [
        Type.Array(Type.Union([Type.Number(), Type.Null()]), {
          maxItems: 168,
          description: 'Median of each hour of the week, from Monday 00:00 UTC; null where nothing is known.',
        }),
        Type.Null(),
      ],
      { description: 'Null without memory for every hour, and in a list of all targets.' },
    ),
  },
  'One feature.',
);

export const BaselineReport = strict(
  {
    schema: Type.Literal('tidegate/control-baseline/v1', { description: 'The version of this shape.' }),
    bytes: Type.Integer({ minimum: 0, description: 'Memory that the whole baseline takes.' }),
    targets: Type.Array(
      strict(
        {
          target: Target,
          ageMs: Value('Since it was first seen, ms.'),
          isFrozen: Type.Boolean({
            description: 'Whether learning is held back, because something is going on.',
          }),
          frozenMs: Value('Used up of the six hours for which learning can be held back, ms.'),
          seasons: Type.Integer({
            minimum: 0,
            description: 'Features that have the memory for every hour of the week.',
          }),
          features: Type.Array(FeatureReport, {
            maxItems: 64,
            description: 'What is known of each feature.',
          }),
        },
        'One target.',
      ),
      { maxItems: 8192, description: 'One target, or all of them.' },
    ),
  },
  'Answer to baseline.',
);
export type BaselineReport = Static<typeof BaselineReport>;

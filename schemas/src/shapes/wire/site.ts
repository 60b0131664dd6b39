/** What agents and the BGP speaker of their site say to each other: JSON over HTTPS, both sides with a certificate. */
import { Type, type Static } from 'typebox';
import { Address, strict } from '../common.ts';
import { BgpRoute } from './bgp.ts';

const routesMax = 4096;

/** Times are relative: clocks of agents and speaker need not agree. */
export const SiteHold = strict(
  {
    schema: Type.Literal('tidegate/site-hold/v1', { description: 'The version of this shape.' }),
    leases: Type.Array(
      strict(
        {
          route: BgpRoute,
          ttlMs: Type.Integer({
            minimum: 1,
            maximum: 86_400_000,
            description: 'How long it is wanted from now, ms.',
          }),
        },
        'A route that is wanted. One that this agent holds already is renewed, or changed.',
      ),
      { minItems: 1, maxItems: routesMax, description: 'Routes that are wanted.' },
    ),
  },
  '`POST /v1/hold`: asks for routes.',
);
export type SiteHold = Static<typeof SiteHold>;

export const SiteHeld = strict(
  {
    schema: Type.Literal('tidegate/site-held/v1', { description: 'The version of this shape.' }),
    held: Type.Array(
      strict(
        {
          level: Type.Enum(['refused', 'failed', 'pending', 'accepted', 'advertised'], {
            description:
              'refused: beyond a bound of the site; failed: the BGP speaker would not have it; pending: it is announced as soon as that answers; accepted: that has it; advertised: a neighbour was sent it.',
          }),
          reason: Type.Union([Type.String({ maxLength: 500 }), Type.Null()], {
            description: 'Of what is refused, failed or pending; else null.',
          }),
        },
        'What became of one.',
      ),
      { maxItems: routesMax, description: 'In the order of what was asked for.' },
    ),
  },
  'The answer to `POST /v1/hold`.',
);
export type SiteHeld = Static<typeof SiteHeld>;

export const SiteRelease = strict(
  {
    schema: Type.Literal('tidegate/site-release/v1', { description: 'The version of this shape.' }),
    routes: Type.Array(BgpRoute, {
      maxItems: routesMax,
      description: 'Routes that are not wanted any more.',
    }),
  },
  '`POST /v1/release`: takes back wishes of this agent; what others want stays.',
);
export type SiteRelease = Static<typeof SiteRelease>;

export const SiteRoutes = strict(
  {
    schema: Type.Literal('tidegate/site-routes/v1', { description: 'The version of this shape.' }),
    routes: Type.Array(
      strict(
        {
          route: BgpRoute,
          expiresInMs: Type.Integer({ minimum: 0, description: 'When this agent no longer holds it, ms.' }),
          isThere: Type.Boolean({ description: 'Whether the BGP speaker has it.' }),
          neighbours: Type.Array(Address, { maxItems: 256, description: 'Neighbours that were sent it.' }),
        },
        'A route that this agent holds.',
      ),
      { maxItems: routesMax, description: 'Routes of this agent.' },
    ),
    neighbours: Type.Array(
      strict(
        {
          address: Address,
          asNumber: Type.Integer({ minimum: 0, maximum: 4_294_967_295, description: 'Its AS.' }),
          isEstablished: Type.Boolean({ description: 'Whether the session is up.' }),
        },
        'A BGP neighbour of the speaker.',
      ),
      { maxItems: 256, description: 'Neighbours of the BGP speaker.' },
    ),
  },
  '`GET /v1/routes`: what the agent that asks holds.',
);
export type SiteRoutes = Static<typeof SiteRoutes>;

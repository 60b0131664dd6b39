/** BGP speakers in the configuration of agents, and the configuration of a site speaker. */
import { Type, type Static } from 'typebox';
import { Address, Cidr, Name, strict } from '../common.ts';

const Path = (description: string) => Type.String({ minLength: 1, maxLength: 4096, description });

const gobgp = {
  gobgp: Type.String({
    pattern: '^(unix:///.+|.+:[0-9]{1,5})$',
    maxLength: 255,
    description: 'Where gobgpd answers gRPC: unix:///run/gobgp/api.sock, or HOST:PORT.',
  }),
  tls: Type.Optional(
    strict(
      {
        caFile: Path('Certificate authority that gobgpd is checked against, PEM.'),
        certificateFile: Type.Optional(Path('Certificate of this agent, PEM.')),
        keyFile: Type.Optional(Path('Its key, PEM.')),
      },
      'Without it, it is spoken in clear text, which is for a socket or loopback.',
    ),
  ),
};

const bounds = {
  owned: Type.Array(Cidr, {
    minItems: 1,
    maxItems: 256,
    description: 'Nothing is announced here for any address outside of these.',
  }),
  peerings: Type.Optional(
    Type.Array(Address, {
      maxItems: 256,
      description:
        'Addresses of both ends of the BGP sessions: no rule may drop what carries it. Default none.',
    }),
  ),
  bounds: Type.Optional(
    strict(
      {
        routes: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 4096, description: 'Routes at a time. Default 256.' }),
        ),
        perMinute: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 6000,
            description: 'Announcements in any 60 s. Default 120.',
          }),
        ),
        length: Type.Optional(
          Type.Integer({
            minimum: 8,
            maximum: 32,
            description: 'Shortest IPv4 destination of a FlowSpec rule. Default 24.',
          }),
        ),
        length6: Type.Optional(
          Type.Integer({
            minimum: 16,
            maximum: 128,
            description: 'Shortest IPv6 destination of a FlowSpec rule. Default 48.',
          }),
        ),
        blackholed: Type.Optional(
          Type.Number({
            minimum: 0,
            maximum: 1,
            description:
              'Share of the owned addresses that may be blackholed at a time, 0 to 1; one address always may. Default 0.05.',
          }),
        ),
      },
      'What may be announced at the most.',
    ),
  ),
};

export const Speaker = strict(
  {
    name: Name,
    gobgp: Type.Optional(gobgp.gobgp),
    tls: gobgp.tls,
    site: Type.Optional(
      strict(
        {
          url: Type.String({
            pattern: '^https://[^\\s]+$',
            maxLength: 512,
            description: 'Where the site speaker listens, such as https://speaker.example.net:8443.',
          }),
          caFile: Path('Certificate authority that it is checked against, PEM.'),
          certificateFile: Path(
            'Certificate of this agent, PEM; its common name is what the site speaker knows it by.',
          ),
          keyFile: Path('Its key, PEM.'),
        },
        'A speaker that several agents share (`tidegate-agent speaker`).',
      ),
    ),
    ...bounds,
  },
  'A BGP speaker; exactly one of gobgp and site is given.',
);

const Budget = {
  routes: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 4096, description: 'Routes of one agent at a time. Default 64.' }),
  ),
  perMinute: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 6000,
      description: 'Routes that one agent may ask for anew in any 60 s. Default 60.',
    }),
  ),
};

export const SpeakerConfig = strict(
  {
    schema: Type.Literal('tidegate/speaker-config/v1', { description: 'The version of this shape.' }),
    stateDir: Path('Folder for the leases, such as /var/lib/tidegate-speaker.'),
    listen: strict(
      {
        host: Type.String({ minLength: 1, maxLength: 255, description: 'Address to listen on.' }),
        port: Type.Integer({
          minimum: 0,
          maximum: 65535,
          description: 'TCP port; 0 takes a free one and prints it.',
        }),
        certificateFile: Path('Certificate chain of the speaker, PEM.'),
        keyFile: Path('Its key, PEM.'),
        clientCaFile: Path('Certificate authority that agents are checked against, PEM.'),
      },
      'Where agents reach it; who has no certificate of that authority is refused.',
    ),
    speaker: strict({ ...gobgp, ...bounds }, 'The BGP speaker beside it, and the bounds of the whole site.'),
    perAgent: Type.Optional(strict(Budget, 'What one agent may have of it.')),
    agents: Type.Optional(
      Type.Array(
        strict(
          {
            name: Type.String({
              pattern: '^[A-Za-z0-9*._-]{1,128}$',
              description: 'Common name in the certificate of the agent; * stands for any characters.',
            }),
            owned: Type.Array(Cidr, {
              minItems: 1,
              maxItems: 256,
              description: 'Nothing is announced for it outside of these.',
            }),
          },
          'Agents, and what is theirs.',
        ),
        {
          minItems: 1,
          maxItems: 1024,
          description:
            'Who may ask for what; the first that fits counts, and who fits none is refused. Default everyone with a certificate, for all that the speaker owns.',
        },
      ),
    ),
    ttlSecondsMax: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        description: 'Longest that a route is held without being asked for again, s. Default 3600.',
      }),
    ),
    logLevel: Type.Optional(
      Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
        description: 'Least level that is logged.',
      }),
    ),
  },
  'Configuration of `tidegate-agent speaker --config FILE`.',
);
export type SpeakerConfig = Static<typeof SpeakerConfig>;

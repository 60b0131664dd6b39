/** Configuration files of agent and controller (YAML). Policy is not in here: it comes from git. */
import { Type, type Static } from 'typebox';
import { Labels, Name, PublicKey, SecretRef, strict } from '../common.ts';
import { Speaker } from './speaker.ts';

const Path = (description: string) => Type.String({ minLength: 1, maxLength: 4096, description });
const LogLevel = Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
  description: 'Least level that is logged.',
});

export const AgentConfig = strict(
  {
    schema: Type.Literal('tidegate/agent-config/v1', { description: 'The version of this shape.' }),
    node: Name,
    labels: Type.Optional(Labels),
    instance: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9][a-z0-9_-]{0,30}$',
        description: 'Name of what this agent owns in the kernel: nft table, pins. Default tidegate.',
      }),
    ),
    stateDir: Path('Folder for keys, bundles and the audit spool, such as /var/lib/tidegate.'),
    runDir: Path('Folder for the control socket, such as /run/tidegate.'),
    controller: Type.Optional(
      strict(
        {
          url: Type.String({
            pattern: '^https?://',
            maxLength: 512,
            description: 'Where the controller listens. Plain http is taken only for loopback.',
          }),
          caFile: Type.Optional(Path('Certificate authority that the controller is checked against, PEM.')),
          joinToken: Type.Optional(SecretRef),
          bundleKeys: Type.Optional(
            Type.Array(PublicKey, {
              minItems: 1,
              maxItems: 8,
              description: 'Keys that bundles must be signed with; else those seen at enrolment are pinned.',
            }),
          ),
        },
        'The controller; without one the agent works from the last good bundle on disk.',
      ),
    ),
    policySecrets: Type.Optional(
      Type.Array(SecretRef, {
        maxItems: 64,
        description:
          'Secrets that a policy may refer to, such as env:DISCORD_WEBHOOK; whoever writes policy could else have any file of this node sent anywhere. Default none.',
      }),
    ),
    capture: Type.Optional(
      strict(
        {
          source: Type.Optional(
            Type.Enum(['auto', 'xdp', 'pcap'], {
              description:
                'Where packets are seen; auto takes XDP and falls back to libpcap, and says so. Default auto.',
            }),
          ),
          xdpMode: Type.Optional(
            Type.Enum(['auto', 'native', 'generic'], {
              description: 'How the program is attached; auto tries native first. Default auto.',
            }),
          ),
          targetsMax: Type.Optional(
            Type.Integer({
              minimum: 16,
              maximum: 65536,
              description:
                'Most addresses that are counted one by one; the rest share one row. Default 4096.',
            }),
          ),
          samplesPerSecondMax: Type.Optional(
            Type.Integer({
              minimum: 100,
              maximum: 10_000,
              description: 'Most sampled packets a second. Default 5000.',
            }),
          ),
          forensic: Type.Optional(
            strict(
              {
                ringBytes: Type.Optional(
                  Type.Integer({
                    minimum: 0,
                    maximum: 1_073_741_824,
                    description:
                      'Memory in the kernel for recent packets, bytes; 0 for none. 16 MiB hold 116,508 packets of at most 128 bytes: 2.3 s of 50,000 packets/s. Default 16777216.',
                  }),
                ),
                folder: Type.Optional(Path('Where captures are kept. Default captures below stateDir.')),
                bytesMax: Type.Optional(
                  Type.Integer({
                    minimum: 33_554_432,
                    maximum: 1_099_511_627_776,
                    description:
                      'Most bytes of captures that are kept; the oldest go first. Default 1073741824.',
                  }),
                ),
                filesMax: Type.Optional(
                  Type.Integer({
                    minimum: 1,
                    maximum: 10_000,
                    description: 'Most captures that are kept. Default 64.',
                  }),
                ),
                ageDaysMax: Type.Optional(
                  Type.Integer({
                    minimum: 1,
                    maximum: 3650,
                    description: 'How long captures are kept, days. Default 30.',
                  }),
                ),
              },
              'Packet captures of attacks, from before they began. With XDP only.',
            ),
          ),
        },
        'How packets are seen.',
      ),
    ),
    speakers: Type.Optional(
      Type.Array(Speaker, {
        maxItems: 16,
        description:
          'BGP speakers that FlowSpec rules and blackholes are announced through, and what may be announced there whatever a policy says. Default none.',
      }),
    ),
    onStop: Type.Optional(
      Type.Enum(['remove', 'keep'], {
        description:
          'What an orderly stop does with rules in force; keep leaves them to their TTL. Default remove.',
      }),
    ),
    spoolBytesMax: Type.Optional(
      Type.Integer({
        minimum: 65_536,
        maximum: 10_737_418_240,
        description: 'Most bytes of audit records that are kept without a receipt. Default 268435456.',
      }),
    ),
    logLevel: Type.Optional(LogLevel),
  },
  'Configuration of `tidegate-agent run --config FILE`.',
);
export type AgentConfig = Static<typeof AgentConfig>;

export const ControllerConfig = strict(
  {
    schema: Type.Literal('tidegate/controller-config/v1', { description: 'The version of this shape.' }),
    stateDir: Path('Folder for keys, enrolled agents and epochs, such as /var/lib/tidegate-controller.'),
    origin: Type.Optional(
      Type.String({
        pattern: '^[^\\s+]{1,128}$',
        description: 'Name of the audit log. Default tidegate.local/audit.',
      }),
    ),
    listen: strict(
      {
        host: Type.String({
          maxLength: 255,
          description: 'Address to listen on. Beyond loopback it must have tls.',
        }),
        port: Type.Integer({
          minimum: 0,
          maximum: 65535,
          description: 'TCP port; 0 takes a free one and prints it.',
        }),
        tls: Type.Optional(
          strict(
            { certFile: Path('Certificate chain, PEM.'), keyFile: Path('Private key, PEM.') },
            'Certificate of the controller.',
          ),
        ),
      },
      'Where agents reach the controller.',
    ),
    policy: strict(
      {
        repository: Path('The policy repository, a local path (bare or not).'),
        branch: Type.Optional(
          Type.String({ minLength: 1, maxLength: 255, description: 'The branch in force. Default main.' }),
        ),
        path: Type.Optional(
          Type.String({ maxLength: 1024, description: 'Folder inside the repository. Default its root.' }),
        ),
        pollSeconds: Type.Optional(
          Type.Number({
            minimum: 0.2,
            maximum: 3600,
            description: 'How often the repository is looked at. Default 5.',
          }),
        ),
      },
      'Where policy comes from.',
    ),
    audit: strict(
      {
        repository: Path('The audit repository, a local bare repository; made when it is missing.'),
        flushMs: Type.Optional(
          Type.Integer({
            minimum: 10,
            maximum: 60_000,
            description: 'Longest time that records wait for company before they are committed. Default 500.',
          }),
        ),
      },
      'Where audit goes.',
    ),
    joinToken: SecretRef,
    policySecrets: Type.Optional(
      Type.Array(SecretRef, {
        maxItems: 256,
        description:
          'Secrets that a policy may refer to, such as env:ABUSE_CH_KEY; whoever writes policy could else have any file of the controller sent anywhere. Default none.',
      }),
    ),
    bundleValidHours: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 8760,
        description: 'How long a new bundle may be accepted after it was issued. Default 168.',
      }),
    ),
    logLevel: Type.Optional(LogLevel),
  },
  'Configuration of `tidegate controller --config FILE`.',
);
export type ControllerConfig = Static<typeof ControllerConfig>;

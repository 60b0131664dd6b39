/**
 * What is asked for in front of the host, as backends: BGP speakers of the configuration, and scrubbing providers of the
 * policy. They outlive any session: no interface has a part in them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, Bundle } from '@tidegate/schemas';
import type { RuleBackend } from '../actions/backend.ts';
import { RouteBackend } from '../actions/bgp/backend.ts';
import { connectToGobgp } from '../actions/bgp/gobgp/index.ts';
import type { GobgpOptions } from '../actions/bgp/gobgp/index.ts';
import { RouteKeeper } from '../actions/bgp/keeper/index.ts';
import { ReconnectingSpeaker } from '../actions/bgp/reconnecting.ts';
import { connectToSite } from '../actions/bgp/site/client.ts';
import type { BgpSpeaker } from '../actions/bgp/speaker.ts';
import { ScrubbingBackend } from '../actions/scrub/index.ts';
import type { Clock, Log } from '../ports.ts';
import { readPolicySecret } from './config.ts';
import type { AgentSettings } from './config.ts';
import type { SpeakerPlace, SpeakerSettings } from './speakers.ts';

export interface Upstream {
  /** Of routes there is none where the configuration names no speaker. */
  readonly backends: ReadonlyMap<Backend, RuleBackend>;
  /** What the policy in force says of scrubbing. */
  use(bundle: Bundle): void;
  /** Lets go; routes stay to the end of their leases, and what is scrubbed to its own. */
  close(): Promise<void>;
}

/**
 * Does not wait for any speaker: what is missing is announced once it answers. Throws TG5003 where a file of leases is
 * damaged, or a certificate cannot be read.
 */
export function openUpstream(
  { speakers, stateDir, policySecrets }: Pick<AgentSettings, 'speakers' | 'stateDir' | 'policySecrets'>,
  { clock, log }: { clock: Pick<Clock, 'wallMs'>; log: Log },
): Upstream {
  const wallMs = (): number => clock.wallMs();
  const opened = speakers.map((settings) => {
    const speaker = new ReconnectingSpeaker({
      name: speakerName(settings),
      connect: async () => await openSpeaker(settings),
    });
    const path = leasesFile(stateDir, settings.name);
    return {
      speaker,
      keeper: new RouteKeeper({ speaker, path, rails: settings.rails, wallMs, log }),
      settings,
    };
  });
  for (const { keeper } of opened) void keeper.start();
  const keepers = new Map(opened.map(({ settings, keeper }) => [settings.name, keeper]));
  const backends = new Map<Backend, RuleBackend>();
  if (keepers.size > 0)
    for (const name of ['flowspec', 'rtbh'] as const)
      backends.set(name, new RouteBackend({ name, keepers, wallMs }));
  const scrubbing = new ScrubbingBackend({
    path: join(stateDir, 'scrubbing.json'),
    secret: (reference) => readPolicySecret(reference, policySecrets),
    ...{ wallMs, log },
  });
  scrubbing.start();
  backends.set('scrubber', scrubbing);
  return {
    backends,
    use: ({ scrubbers = [] }) => {
      scrubbing.use(scrubbers);
    },
    close: async () => {
      scrubbing.close();
      for (const { keeper, speaker } of opened) {
        await keeper.close();
        speaker.close();
      }
    },
  };
}

/** For messages. */
export const speakerName = ({ place: { kind, address } }: SpeakerSettings): string =>
  `${kind === 'gobgp' ? 'GoBGP' : 'the site speaker'} at ${address}`;

/** Rejects with TG2017 where it does not answer. */
export async function openSpeaker({ place }: SpeakerSettings): Promise<BgpSpeaker> {
  if (place.kind === 'gobgp') return await connectToGobgp(gobgpOptions(place));
  const { address, tls } = place;
  return await connectToSite({
    url: address,
    tls: { ca: readFileSync(tls.ca), cert: readFileSync(tls.certificate!), key: readFileSync(tls.key!) },
  });
}

const leasesFile = (stateDir: string, speaker: string): string => join(stateDir, `routes-${speaker}.json`);

function gobgpOptions({ address, tls }: Extract<SpeakerPlace, { kind: 'gobgp' }>): GobgpOptions {
  if (tls === null) return { address };
  const { ca, certificate, key } = tls;
  return {
    address,
    tls: {
      ca: readFileSync(ca),
      ...(certificate === undefined ? {} : { certificate: readFileSync(certificate) }),
      ...(key === undefined ? {} : { key: readFileSync(key) }),
    },
  };
}

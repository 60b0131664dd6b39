/** BGP speakers as configurations name them: those of an agent, and the one of a site speaker. */
import { dirname, resolve } from 'node:path';
import { TidegateError, parseConfig } from '@tidegate/schemas';
import type { AgentConfig, SpeakerConfig } from '@tidegate/schemas';
import type { AnnouncementRails } from '@tidegate/schemas/bgp';
import { readConfig } from './config-file.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly ca: string;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

export type SpeakerPlace =
  /** gobgpd by its gRPC; null for clear text. */
  | { readonly kind: 'gobgp'; readonly address: string; readonly tls: TlsFiles | null }
  /** The speaker of the site. */
  | { readonly kind: 'site'; readonly address: string; readonly tls: Required<TlsFiles> };

export interface SpeakerSettings {
  readonly name: string;
  readonly place: SpeakerPlace;
  readonly rails: AnnouncementRails;
}

export interface SiteSettings {
  readonly stateDir: string;
  readonly listen: {
    readonly host: string;
    readonly port: number;
    readonly certificate: string;
    readonly key: string;
    readonly clientCa: string;
  };
  readonly speaker: SpeakerSettings;
  readonly perAgent: { readonly routes: number; readonly perMinute: number };
  /** Null: everyone with a certificate, for all that the speaker owns. */
  readonly agents: readonly { readonly name: string; readonly owned: readonly string[] }[] | null;
  readonly ttlMsMax: number;
  readonly logLevel: NonNullable<SpeakerConfig['logLevel']>;
}

type Written = NonNullable<AgentConfig['speakers']>[number];

/** Relative paths count from `base`. Throws TG5002 for one that is nowhere, or in two places. */
export function speakerSettings(written: Written, base: string): SpeakerSettings {
  const { name, gobgp, tls, site } = written;
  if ((gobgp === undefined) === (site === undefined))
    throw new TidegateError(
      'TG5002',
      `speakers: ${name} names ${site === undefined ? 'neither' : 'both'} of gobgp and site; it needs exactly one`,
    );
  if (site !== undefined && tls !== undefined)
    throw new TidegateError(
      'TG5002',
      `speakers: ${name} has tls beside site; the certificates stand in site`,
    );
  const rails = railsOf(written);
  if (site === undefined) return { name, place: gobgpPlace(gobgp!, tls, base), rails };
  const { url, caFile, certificateFile, keyFile } = site;
  const files = {
    ca: resolve(base, caFile),
    certificate: resolve(base, certificateFile),
    key: resolve(base, keyFile),
  };
  return { name, place: { kind: 'site', address: url.replace(/\/+$/, ''), tls: files }, rails };
}

function gobgpPlace(address: string, tls: Written['tls'], base: string): SpeakerPlace {
  if (tls === undefined) return { kind: 'gobgp', address, tls: null };
  const { caFile, certificateFile, keyFile } = tls;
  const path = (written: string | undefined): string | undefined =>
    written === undefined ? undefined : resolve(base, written);
  const files = { ca: resolve(base, caFile), certificate: path(certificateFile), key: path(keyFile) };
  return { kind: 'gobgp', address, tls: files };
}

function railsOf({
  owned,
  peerings = [],
  bounds = {},
}: Pick<Written, 'owned' | 'peerings' | 'bounds'>): AnnouncementRails {
  const { routes = 256, perMinute = 120, length = 24, length6 = 48, blackholed = 0.05 } = bounds;
  return {
    owned,
    peerings,
    flowspecLengthMin: { 4: length, 6: length6 },
    blackholeLengthMin: { 4: 32, 6: 128 },
    routesMax: routes,
    perMinute,
    blackholedShareMax: blackholed,
  };
}

/** Throws TG5003 where the file cannot be read, and TG5002 where it does not fit its schema. */
export function loadSiteSettings(path: string): SiteSettings {
  const config = parseConfig('speaker-config', path, readConfig(path));
  const base = dirname(resolve(path));
  const { listen, speaker, perAgent, agents, ttlSecondsMax = 3600 } = config;
  return {
    stateDir: resolve(base, config.stateDir),
    listen: {
      ...{ host: listen.host, port: listen.port },
      certificate: resolve(base, listen.certificateFile),
      key: resolve(base, listen.keyFile),
      clientCa: resolve(base, listen.clientCaFile),
    },
    speaker: { name: 'site', place: gobgpPlace(speaker.gobgp, speaker.tls, base), rails: railsOf(speaker) },
    perAgent: { routes: perAgent?.routes ?? 64, perMinute: perAgent?.perMinute ?? 60 },
    agents: agents ?? null,
    ttlMsMax: ttlSecondsMax * 1000,
    logLevel: config.logLevel ?? 'info',
  };
}

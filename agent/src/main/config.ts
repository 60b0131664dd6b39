/** Reads the agent's configuration file; one clear error names the place and the fix. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TidegateError, parseConfig } from '@tidegate/schemas';
import type { AgentConfig } from '@tidegate/schemas';
import { readConfig } from './config-file.ts';
import { speakerSettings } from './speakers.ts';
import type { SpeakerSettings } from './speakers.ts';

export interface ForensicSettings {
  /** Memory for recent packets, bytes; 0: none are kept. */
  readonly ringBytes: number;
  readonly folder: string;
  readonly bytesMax: number;
  readonly filesMax: number;
  readonly ageMsMax: number;
}

/** The configuration with every default filled in and every path absolute. */
export interface AgentSettings {
  readonly node: string;
  readonly labels: Record<string, string>;
  readonly instance: string;
  readonly stateDir: string;
  readonly runDir: string;
  readonly controller: {
    readonly url: string;
    readonly caFile: string | undefined;
    readonly joinToken: string | undefined;
    readonly bundleKeys: readonly string[];
  } | null;
  readonly capture: {
    readonly source: 'auto' | 'xdp' | 'pcap';
    readonly xdpMode: 'auto' | 'native' | 'generic';
    readonly targetsMax: number;
    readonly samplesPerSecondMax: number;
    readonly forensic: ForensicSettings;
  };
  readonly speakers: readonly SpeakerSettings[];
  /** References that a policy may name. */
  readonly policySecrets: readonly string[];
  readonly onStop: 'remove' | 'keep';
  readonly spoolBytesMax: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** Throws TG5003 where the file cannot be read, and TG5002 where it does not fit its schema. */
export function loadSettings(path: string): AgentSettings {
  return settingsFrom(parseConfig('agent-config', path, readConfig(path)), dirname(resolve(path)));
}

/** Relative paths count from the folder of the configuration file. */
function settingsFrom(config: AgentConfig, base: string): AgentSettings {
  const { controller, capture } = config;
  return {
    node: config.node,
    labels: config.labels ?? {},
    instance: config.instance ?? 'tidegate',
    stateDir: resolve(base, config.stateDir),
    runDir: resolve(base, config.runDir),
    controller:
      controller === undefined
        ? null
        : {
            url: controller.url,
            caFile: controller.caFile === undefined ? undefined : resolve(base, controller.caFile),
            joinToken:
              controller.joinToken === undefined ? undefined : absoluteReference(controller.joinToken, base),
            bundleKeys: controller.bundleKeys ?? [],
          },
    capture: {
      source: capture?.source ?? 'auto',
      xdpMode: capture?.xdpMode ?? 'auto',
      targetsMax: capture?.targetsMax ?? 4096,
      samplesPerSecondMax: capture?.samplesPerSecondMax ?? 5000,
      forensic: forensicSettings(capture?.forensic ?? {}, base, resolve(base, config.stateDir)),
    },
    speakers: (config.speakers ?? []).map((speaker) => speakerSettings(speaker, base)),
    policySecrets: (config.policySecrets ?? []).map((reference) => absoluteReference(reference, base)),
    onStop: config.onStop ?? 'remove',
    spoolBytesMax: config.spoolBytesMax ?? 268_435_456,
    logLevel: config.logLevel ?? 'info',
  };
}

const dayMs = 86_400_000;

function forensicSettings(
  forensic: NonNullable<NonNullable<AgentConfig['capture']>['forensic']>,
  base: string,
  stateDir: string,
): ForensicSettings {
  return {
    ringBytes: forensic.ringBytes ?? 16_777_216,
    folder: forensic.folder === undefined ? join(stateDir, 'captures') : resolve(base, forensic.folder),
    bytesMax: forensic.bytesMax ?? 1_073_741_824,
    filesMax: forensic.filesMax ?? 64,
    ageMsMax: (forensic.ageDaysMax ?? 30) * dayMs,
  };
}

/** Where the running agent listens for `status`, `release`, `stop-all` and `lift`. */
export const controlSocket = (settings: AgentSettings): string => join(settings.runDir, 'control.sock');

/** Exists while stop-all is in force; a hanging agent's rules are taken out without it, and this keeps it from acting. */
export const stopMarker = (settings: AgentSettings): string => join(settings.stateDir, 'stopped.json');

const absoluteReference = (reference: string, base: string): string =>
  reference.startsWith('file:') ? `file:${resolve(base, reference.slice('file:'.length))}` : reference;

/** Reads a secret by its reference, `env:NAME` or `file:PATH`; throws TG5005 without saying what it holds. */
export function readSecret(reference: string): string {
  const [scheme, rest] = [
    reference.slice(0, reference.indexOf(':')),
    reference.slice(reference.indexOf(':') + 1),
  ];
  const value =
    scheme === 'env' ? process.env[rest] : existsSync(rest) ? readFileSync(rest, 'utf8').trim() : undefined;
  if (value === undefined || value === '')
    throw new TidegateError('TG5005', `the secret ${reference} is missing or empty`);
  return value;
}

/** A secret that a policy refers to. Throws TG5005 where the configuration does not let a policy have it. */
export function readPolicySecret(reference: string, allowed: readonly string[]): string {
  if (allowed.includes(reference)) return readSecret(reference);
  throw new TidegateError(
    'TG5005',
    `the policy refers to the secret ${reference}, which policySecrets of the agent does not list`,
  );
}

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { expectShape, parseConfig, TidegateError, type ControllerConfig } from '@tidegate/schemas';
import { reasonOf } from '../ports.ts';

type LogLevel = NonNullable<ControllerConfig['logLevel']>;

/** The configuration with every default filled in and every path absolute. */
export interface ControllerSettings {
  readonly stateDir: string;
  readonly origin: string;
  readonly listen: ControllerConfig['listen'];
  readonly policy: {
    readonly repository: string;
    readonly branch: string;
    /** Without slashes at its ends; empty for the root of the repository. */
    readonly folder: string;
    readonly pollMs: number;
  };
  readonly audit: { readonly repository: string; readonly flushMs: number };
  readonly joinToken: string;
  /** References that a policy may name, as the policy writes them. */
  readonly policySecrets: readonly string[];
  readonly bundleValidMs: number;
  readonly logLevel: LogLevel;
}

const hourMs = 3_600_000;

/** Reads a configuration file. Throws TG5002 with `file:line:column`, or TG5003. */
export async function loadConfig(path: string): Promise<ControllerConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new TidegateError('TG5003', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  return absolute(parseConfig('controller-config', path, text), dirname(resolve(path)));
}

/** Checks a configuration and fills in its defaults. Relative paths count from the working directory. Throws TG5002. */
export function settingsFrom(given: ControllerConfig): ControllerSettings {
  const checked = expectShape('controller-config', given, 'TG5002', 'the configuration of the controller');
  const config = absolute(checked, process.cwd());
  const { branch = 'main', path = '', pollSeconds = 5, repository } = config.policy;
  return {
    stateDir: config.stateDir,
    origin: config.origin ?? 'tidegate.local/audit',
    listen: config.listen,
    policy: { repository, branch, folder: path.replace(/^\/+|\/+$/g, ''), pollMs: pollSeconds * 1000 },
    audit: { repository: config.audit.repository, flushMs: config.audit.flushMs ?? 500 },
    joinToken: config.joinToken,
    policySecrets: config.policySecrets ?? [],
    bundleValidMs: (config.bundleValidHours ?? 168) * hourMs,
    logLevel: config.logLevel ?? 'info',
  };
}

/** Relative paths of a configuration file count from its folder. */
function absolute(config: ControllerConfig, base: string): ControllerConfig {
  const { listen, policy, audit, joinToken } = config;
  const { tls } = listen;
  const files = tls && { certFile: resolve(base, tls.certFile), keyFile: resolve(base, tls.keyFile) };
  return {
    ...config,
    stateDir: resolve(base, config.stateDir),
    listen: { ...listen, ...(files && { tls: files }) },
    policy: { ...policy, repository: resolve(base, policy.repository) },
    audit: { ...audit, repository: resolve(base, audit.repository) },
    joinToken: joinToken.startsWith('file:') ? `file:${resolve(base, joinToken.slice(5))}` : joinToken,
  };
}

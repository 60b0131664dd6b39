/** What the checks of one run share: the configuration, the interfaces, and answers that are asked for once. */
import { statSync } from 'node:fs';
import { TidegateError, routes } from '@tidegate/schemas';
import type { Asked } from '../../control/client.ts';
import { controlSocket, loadSettings } from '../config.ts';
import type { AgentSettings } from '../config.ts';
import type { Answer, Host } from './host/host.ts';
import { reasonOf } from '../../ports.ts';

/** The configuration file; `problem` says why there are no settings of it. */
export type Configuration =
  | { readonly path: string; readonly settings: AgentSettings }
  | { readonly path: string; readonly problem: string; readonly isAbsent: boolean };

export interface Interfaces {
  readonly names: readonly string[];
  readonly from: 'option' | 'bundle' | 'up';
  /** Interfaces that are up, and passed over. */
  readonly more: number;
}

export interface Context {
  readonly host: Host;
  readonly configuration: Configuration;
  readonly settings: AgentSettings | null;
  /** Where the agent would see packets. */
  readonly source: AgentSettings['capture']['source'];
  readonly instance: string;
  /** The last good bundle. */
  readonly bundle: ReturnType<Host['lastGoodBundle']>;
  readonly interfaces: Interfaces;
  /** What the kernel says to our XDP program; the verifier takes its time, so it is asked once. */
  readonly program: () => { readonly jitedBytes: number } | { readonly refusal: unknown };
  /** The controller's answer to GET /healthz. */
  readonly health: () => Promise<Answer>;
  /** The agent's answer to `status`; null without a configuration. */
  readonly agent: () => Promise<Asked | null>;
}

const controllerMs = 3000;
/** Most interfaces that are looked at without being named: a container host has hundreds. */
const interfacesMax = 16;

export function createContext(
  host: Host,
  configuration: Configuration,
  interfaceNames: readonly string[],
): Context {
  const settings = 'settings' in configuration ? configuration.settings : null;
  const bundle = settings === null ? null : host.lastGoodBundle(settings);
  return {
    ...{ host, configuration, settings, bundle },
    source: settings?.capture.source ?? 'auto',
    instance: settings?.instance ?? 'tidegate',
    interfaces: chooseInterfaces(host, bundle, interfaceNames),
    program: once(() => {
      try {
        return host.tryProgram();
      } catch (refusal) {
        return { refusal };
      }
    }),
    health: once(async () => {
      if (!settings?.controller) throw new Error('no controller is configured');
      return await host.get(settings.controller, routes.health.path, controllerMs);
    }),
    agent: once(async () => (settings === null ? null : await host.askAgent(controlSocket(settings)))),
  };
}

function chooseInterfaces(host: Host, bundle: Context['bundle'], named: readonly string[]): Interfaces {
  if (named.length > 0) return { names: [...new Set(named)], from: 'option', more: 0 };
  if (bundle !== null) return { names: bundle.interfaces, from: 'bundle', more: 0 };
  const up = host.linkNames().filter((name) => name !== 'lo' && host.link(name)?.isUp === true);
  return { names: up.slice(0, interfacesMax), from: 'up', more: Math.max(0, up.length - interfacesMax) };
}

/** Reads the file; what is wrong with it is something to report and no reason to stop. */
export function readConfiguration(path: string): Configuration {
  try {
    return { path, settings: loadSettings(path) };
  } catch (error) {
    const code = error instanceof TidegateError ? `${error.code} ` : '';
    return { path, problem: `${code}${reasonOf(error)}`, isAbsent: !isSomething(path) };
  }
}

/** A file that may not be read is there all the same. */
function isSomething(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function once<T>(ask: () => T): () => T {
  let asked: T | undefined;
  return () => (asked ??= ask());
}

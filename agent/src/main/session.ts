/** Opens what the policy in force needs: a capture source on its interfaces, and the backends that rules go to. */
import { TidegateError } from '@tidegate/schemas';
import type { AuditEvent, Backend, Bundle } from '@tidegate/schemas';
import type { RuleBackend } from '../actions/backend.ts';
import type { NftablesBackend } from '../actions/nftables/index.ts';
import { interfaceIndex } from '../kernel/libc.ts';
import type { DatapathPolicy } from '../kernel/xdp/index.ts';
import { openHostSigns } from '../capture/host/index.ts';
import type { HostSigns } from '../capture/host/index.ts';
import type { CaptureOptions, CaptureSource } from '../capture/source.ts';
import type { Clock, Log } from '../ports.ts';
import type { Companions } from './companions.ts';
import type { AgentSettings } from './config.ts';
import { beyondPcap, datapathPolicyOf } from './datapath-policy.ts';

export interface Session {
  readonly source: CaptureSource;
  readonly backends: ReadonlyMap<Backend, RuleBackend>;
  /** Where `via: auto` goes. */
  readonly preferred: Backend;
  /** What of the policy in force this node cannot do, in sentences. */
  readonly notes: readonly string[];
  /** Whether another bundle can be taken without opening anew. */
  fits(bundle: Bundle): boolean;
  /** Interfaces that are gone, and what watched them with them. */
  lostInterfaces(): readonly string[];
  /** Takes another bundle's policy; no counter and no rule is lost. */
  update(bundle: Bundle): Promise<void>;
  /** Signs of a host that cannot keep up. */
  readonly host: HostSigns;
  /** What goes with XDP beside the line; null with any other capture. */
  readonly companions: Companions | null;
  /** stop-all was ordered or lifted: ceilings drop nothing, or what the policy in force says. */
  heedStop(): void;
  close(options: { keepRules: boolean }): Promise<void>;
}

export interface SessionContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly audit: { append(event: AuditEvent): void };
  /** Digest of the bundle in force; null where there is none. */
  readonly policyDigest: () => string | null;
  /** Whether stop-all is in force. */
  readonly isStopOrdered: () => boolean;
}

/** Rejects with TG2001 or TG2010, the reason in its message; then nothing of ours is left behind. */
export async function openSession(
  settings: AgentSettings,
  bundle: Bundle,
  context: SessionContext,
): Promise<Session> {
  const { log, isStopOrdered } = context;
  let inForce = bundle;
  const policy = (): DatapathPolicy => datapathPolicyOf(inForce, isStopOrdered());
  const options: CaptureOptions = {
    instance: settings.instance,
    interfaces: bundle.interfaces,
    protect: bundle.protect,
    safelist: bundle.safelist,
    targetsMax: settings.capture.targetsMax,
    samplesPerSecondMax: settings.capture.samplesPerSecondMax,
  };
  const capture = await openCapture(settings, options, policy, context);
  const takeUp = (next: Bundle): void => {
    inForce = next;
    if (capture.companions !== null) capture.companions.usePolicy(next);
    else for (const note of beyondPcap(next)) log.warn(note);
  };
  takeUp(bundle);
  try {
    const nftables = await openNftables(options, log);
    const backends = new Map<Backend, RuleBackend>();
    if (capture.rules !== null) backends.set('xdp', capture.rules);
    if (nftables !== null) backends.set('nftables', nftables);
    if (backends.size === 0)
      throw new TidegateError('TG2001', 'neither XDP nor nftables can be used: nothing could be dropped');
    const host = openHostSigns({ interfaces: bundle.interfaces });
    return {
      source: capture.source,
      host,
      companions: capture.companions,
      backends,
      preferred: capture.rules === null ? 'nftables' : 'xdp',
      get notes() {
        return capture.companions?.notes ?? beyondPcap(inForce);
      },
      fits: (next) => same(next.interfaces, bundle.interfaces),
      lostInterfaces: () => capture.lostInterfaces(),
      update: async (next) => {
        // A policy that is refused leaves the one before in force.
        capture.update(datapathPolicyOf(next, isStopOrdered()));
        takeUp(next);
        await nftables?.setSafelist(next.safelist);
      },
      heedStop: () => {
        capture.observe(policy().observe === true);
      },
      close: async ({ keepRules }) => {
        for (const backend of backends.values()) backend.close();
        host.close();
        await capture.companions?.close();
        capture.source.close({ keepRules });
      },
    };
  } catch (error) {
    capture.source.close({ keepRules: false });
    throw error;
  }
}

interface Capture {
  readonly source: CaptureSource;
  readonly rules: RuleBackend | null;
  readonly companions: Companions | null;
  lostInterfaces(): readonly string[];
  update(policy: DatapathPolicy): void;
  /** Whether what is above a ceiling is only counted. */
  observe(isOn: boolean): void;
}

async function openCapture(
  settings: AgentSettings,
  options: CaptureOptions,
  policy: () => DatapathPolicy,
  context: SessionContext,
): Promise<Capture> {
  const { log } = context;
  const wanted = settings.capture.source;
  if (wanted === 'pcap') return await openPcap(options, log);
  try {
    return await openXdp(settings, { ...options, ...policy() }, context);
  } catch (error) {
    if (wanted === 'xdp') throw error;
    log.warn('XDP cannot be had; falling back to libpcap, which sees fewer packets a second', {
      reason: String(error),
    });
    return await openPcap(options, log);
  }
}

async function openXdp(
  settings: AgentSettings,
  options: CaptureOptions & DatapathPolicy,
  context: SessionContext,
): Promise<Capture> {
  const [{ openXdpSource }, { createXdpRules }, { Companions }, { synproxyHostOf }] = await Promise.all([
    import('../capture/xdp/index.ts'),
    import('../actions/xdp/index.ts'),
    import('./companions.ts'),
    import('./synproxy-host.ts'),
  ]);
  const { xdpMode: mode, forensic } = settings.capture;
  const source = openXdpSource({ ...options, mode, forensicBytes: forensic.ringBytes });
  for (const note of source.notes) context.log.warn(note);
  const { datapath } = source;
  const audit = (event: AuditEvent): void => {
    context.audit.append(event);
  };
  return {
    source,
    rules: createXdpRules(datapath, synproxyHostOf(settings)),
    companions: new Companions(source, { ...context, settings, audit }),
    lostInterfaces: () => datapath.lostInterfaces(),
    update: (policy) => {
      source.update(policy);
    },
    observe: (isOn) => {
      datapath.setSwitch('observe', isOn);
    },
  };
}

async function openPcap(options: CaptureOptions, log: Log): Promise<Capture> {
  const { openPcapSource } = await import('../capture/pcap/index.ts');
  const source = await openPcapSource({ ...options, log });
  for (const note of source.notes) log.warn(note);
  return {
    source,
    rules: null,
    companions: null,
    // Its capture process is started again by itself until the interface is back.
    lostInterfaces: () => [],
    update: (policy) => {
      source.update(policy);
    },
    observe: () => undefined,
  };
}

/** Null where nftables cannot be used; XDP then has to do alone. */
async function openNftables(options: CaptureOptions, log: Log): Promise<NftablesBackend | null> {
  try {
    const { openNftablesBackend } = await import('../actions/nftables/index.ts');
    return await openNftablesBackend({ instance: options.instance, safelist: options.safelist });
  } catch (error) {
    log.warn('nftables cannot be used', { reason: error instanceof Error ? error.message : String(error) });
    return null;
  }
}

/** Whether the network namespace of this process has an interface of that name now. */
export const isPresent = (interfaceName: string): boolean => interfaceIndex(interfaceName) !== 0;

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item));

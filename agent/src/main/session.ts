/** Opens what the policy in force needs: a capture source on its interfaces, and the backends that rules go to. */
import { TidegateError } from '@tidegate/schemas';
import type { Backend, Bundle } from '@tidegate/schemas';
import type { RuleBackend } from '../actions/backend.ts';
import type { NftablesBackend } from '../actions/nftables/index.ts';
import { interfaceIndex } from '../kernel/libc.ts';
import type { CaptureOptions, CaptureSource } from '../capture/source.ts';
import type { Log } from '../ports.ts';
import type { AgentSettings } from './config.ts';

export interface Session {
  readonly source: CaptureSource;
  readonly backends: ReadonlyMap<Backend, RuleBackend>;
  /** Where `via: auto` goes. */
  readonly preferred: Backend;
  /** Whether another bundle can be taken without opening anew. */
  fits(bundle: Bundle): boolean;
  /** Interfaces that are gone, and what watched them with them. */
  lostInterfaces(): readonly string[];
  /** Takes another bundle's prefixes; no counter and no rule is lost. */
  update(bundle: Bundle): Promise<void>;
  close(options: { keepRules: boolean }): void;
}

/** Rejects with TG2001 or TG2010, the reason in its message; then nothing of ours is left behind. */
export async function openSession(settings: AgentSettings, bundle: Bundle, log: Log): Promise<Session> {
  const options: CaptureOptions = {
    instance: settings.instance,
    interfaces: bundle.interfaces,
    protect: bundle.protect,
    safelist: bundle.safelist,
    targetsMax: settings.capture.targetsMax,
    samplesPerSecondMax: settings.capture.samplesPerSecondMax,
  };
  const capture = await openCapture(settings, options, log);
  try {
    const nftables = await openNftables(options, log);
    const backends = new Map<Backend, RuleBackend>();
    if (capture.rules !== null) backends.set('xdp', capture.rules);
    if (nftables !== null) backends.set('nftables', nftables);
    if (backends.size === 0)
      throw new TidegateError('TG2001', 'neither XDP nor nftables can be used: nothing could be dropped');
    return {
      source: capture.source,
      backends,
      preferred: capture.rules === null ? 'nftables' : 'xdp',
      fits: (next) => same(next.interfaces, bundle.interfaces),
      lostInterfaces: () => capture.lostInterfaces(),
      update: async (next) => {
        capture.update(next);
        await nftables?.setSafelist(next.safelist);
      },
      close: ({ keepRules }) => {
        for (const backend of backends.values()) backend.close();
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
  lostInterfaces(): readonly string[];
  update(prefixes: Pick<CaptureOptions, 'protect' | 'safelist'>): void;
}

async function openCapture(settings: AgentSettings, options: CaptureOptions, log: Log): Promise<Capture> {
  const wanted = settings.capture.source;
  if (wanted === 'pcap') return await openPcap(options, log);
  try {
    return await openXdp(settings, options, log);
  } catch (error) {
    if (wanted === 'xdp') throw error;
    log.warn('XDP cannot be had; falling back to libpcap, which sees fewer packets a second', {
      reason: String(error),
    });
    return await openPcap(options, log);
  }
}

async function openXdp(settings: AgentSettings, options: CaptureOptions, log: Log): Promise<Capture> {
  const [{ openXdpSource }, { createXdpRules }] = await Promise.all([
    import('../capture/xdp/index.ts'),
    import('../actions/xdp/index.ts'),
  ]);
  const source = openXdpSource({ ...options, mode: settings.capture.xdpMode });
  for (const note of source.notes) log.warn(note);
  const update: Capture['update'] = (prefixes) => {
    source.update(prefixes);
  };
  const { datapath } = source;
  return { source, rules: createXdpRules(datapath), lostInterfaces: () => datapath.lostInterfaces(), update };
}

async function openPcap(options: CaptureOptions, log: Log): Promise<Capture> {
  const { openPcapSource } = await import('../capture/pcap/index.ts');
  const source = await openPcapSource({ ...options, log });
  const update: Capture['update'] = (prefixes) => {
    source.update(prefixes);
  };
  // Its capture process is started again by itself until the interface is back.
  return { source, rules: null, lostInterfaces: () => [], update };
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

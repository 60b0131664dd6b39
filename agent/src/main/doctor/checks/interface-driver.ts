/** In which mode the driver would run the XDP program, and what attaching it does to the link. */
import type { LinkState } from '../../../kernel/link.ts';
import type { XdpFeatures } from '../../../kernel/xdp-features.ts';
import { attachedTo } from '../attached.ts';
import { ok, warn, type Check, type Result } from '../check.ts';
import type { Context } from '../context.ts';
import { driverNote, interruptionOf, type Interruption } from '../drivers.ts';
import { onEachInterface } from '../each-interface.ts';
import { hasLibbpf, withoutXdp } from '../fallback.ts';

export const interfaceDriver: Check = {
  id: 'interface-driver',
  title: 'driver',
  needs: 'xdp',
  run: (context) => onEachInterface(context, (_, link) => driverOf(link, context)),
};

function driverOf(link: LinkState, context: Context): Result {
  const { host, settings } = context;
  const wanted = settings?.capture.xdpMode ?? 'auto';
  const driver = link.driver ?? 'no named driver';
  if (wanted === 'generic') return ok(`${driver}, generic XDP as configured`);
  const features = host.xdpFeatures(link.index);
  if (features?.isNative === false) {
    return wanted === 'native'
      ? withoutXdp(
          context,
          `${driver}, no native XDP`,
          'Set capture.xdpMode: auto, or use a card whose driver does.',
        )
      : warn(`${driver}, no native XDP`, {
          meaning: 'The program runs in generic mode, which drops several times fewer packets a second.',
          fix: 'Use a card whose driver does, or accept it: capture.xdpMode: generic.',
        });
  }
  const found = describe(driver, features);
  const interruption = interruptionOf(driver);
  const isAttached = hasLibbpf(host) && isOursNatively(context, link.index);
  return isAttached || interruption === null ? ok(found) : interrupted(found, interruption);
}

function interrupted(found: string, { kind, by }: Interruption): Result {
  const [what, meaning] =
    kind === 'link'
      ? ['may reset the link', 'the link may be away for seconds']
      : ['makes its rings anew', 'packets are lost for some milliseconds'];
  return warn(`${found}; attaching ${what}`, {
    meaning: `When the agent attaches its program for the first time, and when it takes it off, ${meaning} (${by}); a restart with onStop: keep leaves it attached.`,
    fix: 'Start the agent for the first time when that may be, or set capture.xdpMode: generic, which is slower.',
  });
}

function describe(driver: string, features: XdpFeatures | null): string {
  const mode = features === null ? 'whether it does native XDP shows at the start' : 'native XDP';
  const note = driverNote(driver);
  return `${driver}, ${mode}${note === null ? '' : `; ${note}`}`;
}

function isOursNatively(context: Context, interfaceIndex: number): boolean {
  const attached = attachedTo(context, interfaceIndex);
  return attached.kind === 'ours' && attached.mode === 'native';
}

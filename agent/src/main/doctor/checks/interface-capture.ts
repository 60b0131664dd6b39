/** What it comes down to on each interface: native XDP, else generic, else libpcap. */
import type { LinkState } from '../../../kernel/link.ts';
import { attachedTo } from '../attached.ts';
import { mayLoad } from '../capability.ts';
import { ok, skipped, warn, type Check, type Result } from '../check.ts';
import type { Context } from '../context.ts';
import { onEachInterface } from '../each-interface.ts';
import { hasLibbpf } from '../fallback.ts';

export const interfaceCapture: Check = {
  id: 'interface-capture',
  title: 'capture',
  run: (context) => onEachInterface(context, (_, link) => captureOn(link, context)),
};

function captureOn(link: LinkState, context: Context): Result {
  const { source, host } = context;
  if (source === 'pcap') return ok('libpcap, as configured');
  if (!mayLoad(host.capabilities))
    return skipped('it takes the capabilities of the agent to tell', 'Run doctor as root.');
  const obstacle = obstacleTo(link, context);
  if (obstacle === null) return ok(modeOf(link, context));
  return source === 'xdp'
    ? warn(`nothing: ${obstacle}`, {
        meaning: 'The agent does not start watching (capture.source: xdp).',
        fix: 'Do what the check says that failed.',
      })
    : warn(`libpcap: ${obstacle}`, {
        meaning:
          'It sees far fewer packets a second than XDP, and what is to be dropped is dropped in nftables.',
        fix: 'Do what the check says that failed, or accept it: capture.source: pcap.',
      });
}

/** Why XDP cannot be had, in a few words; null where it can. The checks before say more. */
function obstacleTo(link: LinkState, context: Context): string | null {
  const { host, settings } = context;
  if (!hasLibbpf(host)) return 'libbpf is missing';
  const attached = attachedTo(context, link.index);
  if (attached.kind === 'foreign') return 'another XDP program is attached';
  if ('refusal' in context.program()) return 'the kernel does not take the XDP program';
  const isNative = host.xdpFeatures(link.index)?.isNative;
  return isNative === false && settings?.capture.xdpMode === 'native'
    ? 'the driver does no native XDP'
    : null;
}

function modeOf(link: LinkState, context: Context): string {
  const { host, settings } = context;
  const attached = attachedTo(context, link.index);
  if (attached.kind === 'ours' || attached.kind === 'unknown') {
    const how = attached.mode === 'generic' ? 'generic XDP' : 'native XDP';
    return `${how}, attached now`;
  }
  if (settings?.capture.xdpMode === 'generic') return 'generic XDP, as configured';
  const features = host.xdpFeatures(link.index);
  if (features === null) return 'native XDP if the driver does it, else generic: the start shows which';
  return features.isNative ? 'native XDP' : 'generic XDP: the driver does no native';
}

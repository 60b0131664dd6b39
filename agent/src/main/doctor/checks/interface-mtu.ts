/** Whether the frames of this MTU fit into what the driver gives to XDP. */
import type { LinkState } from '../../../kernel/link.ts';
import { attachedTo } from '../attached.ts';
import { ok, warn, type Check, type Result } from '../check.ts';
import type { Context } from '../context.ts';
import { onEachInterface } from '../each-interface.ts';
import { hasLibbpf } from '../fallback.ts';

/** Every driver with native XDP takes it at the MTU of Ethernet. */
const safeMtu = 1500;

export const interfaceMtu: Check = {
  id: 'interface-mtu',
  title: 'MTU',
  needs: 'xdp',
  run: (context) => onEachInterface(context, (_, link) => mtuOf(link, context)),
};

function mtuOf({ index, mtu }: LinkState, context: Context): Result {
  const { host, settings } = context;
  if (mtu <= safeMtu) return ok(String(mtu));
  if (settings?.capture.xdpMode === 'generic') return ok(`${mtu}; generic XDP takes any`);
  if (hasLibbpf(host) && attachedTo(context, index).kind === 'ours') return ok(`${mtu}; ours is attached`);
  const features = host.xdpFeatures(index);
  if (features?.isNative === false) return ok(`${mtu}; generic XDP takes any`);
  if (features?.isMultiBuffer === true) return ok(`${mtu}; the driver takes frames in several buffers`);
  return warn(`${mtu}, above ${safeMtu}`, {
    meaning:
      'The driver may refuse native XDP for frames that do not fit one buffer (some 3,000 to 3,500 bytes, less on some); the program then runs in generic mode, which drops several times fewer packets a second.',
    fix: `Set the MTU to ${safeMtu} if the network allows it, or see which mode the agent reports at its start.`,
  });
}

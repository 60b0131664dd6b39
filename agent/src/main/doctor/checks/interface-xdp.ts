/** Whether the place for an XDP program is free: another program is never evicted. */
import { attachedTo } from '../attached.ts';
import { ok, skipped, type Check } from '../check.ts';
import { onEachInterface } from '../each-interface.ts';
import { hasLibbpf, withoutXdp } from '../fallback.ts';

const modes = { native: 'native', generic: 'generic', other: 'several modes, or on the card' } as const;

export const interfaceXdp: Check = {
  id: 'interface-xdp',
  title: 'XDP',
  needs: 'xdp',
  run: (context) =>
    onEachInterface(context, (name, link) => {
      if (!hasLibbpf(context.host)) return skipped('libbpf is missing');
      const attached = attachedTo(context, link.index);
      if (attached.kind === 'none') return ok('no program is attached');
      const mode = modes[attached.mode];
      if (attached.kind === 'ours') return ok(`ours is attached (id ${attached.id}, ${mode})`);
      if (attached.kind === 'unknown')
        return skipped(
          `a program is attached (id ${attached.id}, ${mode}); this user may not know whose`,
          'Run doctor as root.',
        );
      const program = context.host.programName(attached.id);
      return withoutXdp(
        context,
        `another program is attached: ${program === '' ? 'unnamed' : program} (id ${attached.id}, ${mode})`,
        `Detach it (xdp-loader unload ${name} --all, or ip link set dev ${name} xdp off) if nothing needs it; it is never evicted. Or set capture.source: pcap.`,
      );
    }),
};

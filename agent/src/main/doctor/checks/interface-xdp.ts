/** Whether the place for an XDP program is free: another program is never evicted. */
import { attachedTo } from '../attached.ts';
import { ok, skipped, type Check, type Result } from '../check.ts';
import type { Context } from '../context.ts';
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
      return foreign(context, name, { ...attached, mode });
    }),
};

/** What every dispatcher of libxdp is called (xdp-tools, lib/libxdp/xdp-dispatcher.c.in). */
const dispatcherName = 'xdp_dispatcher';

function foreign(context: Context, name: string, { id, mode }: { id: number; mode: string }): Result {
  const program = context.host.programName(id);
  if (program === dispatcherName)
    return withoutXdp(
      context,
      `other programs are attached through the dispatcher of libxdp (id ${id}, ${mode})`,
      `There is a place beside them. As root, once: tidegate-agent attach --config ${context.configuration.path} --interface ${name}; then restart the agent.`,
    );
  return withoutXdp(
    context,
    `another program is attached: ${program === '' ? 'unnamed' : program} (id ${id}, ${mode})`,
    `It is never evicted, and leaves no place beside it. Have it loaded through libxdp (xdp-loader load) and run tidegate-agent attach as root, or detach it (ip link set dev ${name} xdp off) if nothing needs it, or set capture.source: pcap.`,
  );
}

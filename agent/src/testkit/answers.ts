/** The internet's end of a veth pair: receives what the XDP program at the other end sends back. */
import { loadObject } from '../kernel/bpf-object.ts';
import { closeFd, interfaceIndex } from '../kernel/libc.ts';
import { createXdpLink } from '../kernel/xdp-link.ts';
import { inNamespace } from './frames/index.ts';

/**
 * A veth interface looks for frames of XDP_TX only while a program of its own is attached natively (veth_xdp_flush in
 * drivers/net/veth.c). This one lets pass what goes to clients; what goes to the generator's spoofed sources is gone.
 * Returns what takes it off again.
 */
export function takeAnswers(namespace: string, interfaceName: string): () => void {
  const object = loadObject('answers');
  const link = inNamespace(namespace, () =>
    createXdpLink(object.programFd('internet'), interfaceIndex(interfaceName), 'native'),
  );
  object.close();
  if (typeof link !== 'number') throw new Error(`${interfaceName} takes no program: ${link.refusal}`);
  return () => {
    closeFd(link);
  };
}

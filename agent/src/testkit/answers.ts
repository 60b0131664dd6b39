/** Lets one end of a veth pair receive what the XDP program at the other end sends back. */
import { loadObject } from '../kernel/bpf-object.ts';
import { closeFd, interfaceIndex } from '../kernel/libc.ts';
import { createXdpLink } from '../kernel/xdp-link.ts';
import { inNamespace } from './frames/index.ts';

/**
 * A veth interface looks for frames of XDP_TX only while a program of its own is attached natively (veth_xdp_flush in
 * drivers/net/veth.c); one that does nothing will do. Returns what takes it off again.
 */
export function takeAnswers(namespace: string, interfaceName: string): () => void {
  const object = loadObject('floor');
  const link = inNamespace(namespace, () =>
    createXdpLink(object.programFd('nothing'), interfaceIndex(interfaceName), 'native'),
  );
  object.close();
  if (typeof link !== 'number') throw new Error(`${interfaceName} takes no program: ${link.refusal}`);
  return () => {
    closeFd(link);
  };
}

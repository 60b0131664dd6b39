/** The places in the dispatcher of an interface, as libxdp keeps them. Root only. */
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import { kernelInfo } from '../bpf-map.ts';
import { libbpf, orThrow, type Handle } from '../libbpf.ts';
import { closeFd } from '../libc.ts';
import { libxdp, libxdpMode, orRefuse, pointerOrNull } from '../libxdp.ts';
import { bpffsRoot } from '../pins.ts';
import { xdpOn, type XdpMode } from '../xdp-link.ts';

/** Whether what is attached to an interface is a dispatcher, which has places for others. */
export function isDispatcherOn(index: number): boolean {
  const multiprog = pointerOrNull(libxdp().multiprogOn(index));
  if (multiprog === null) return false;
  const isDispatcher = !libxdp().isLegacy(multiprog);
  libxdp().multiprogClose(multiprog);
  return isDispatcher;
}

/** Of one dispatcher. */
const programsMax = 10;

/**
 * Descriptors of a program in a dispatcher and of its link into it, the caller's to close. libxdp keeps both pinned, as
 * its protocol lays down (github.com/xdp-project/xdp-tools, lib/libxdp/protocol.org: dispatch-IFINDEX-ID/progN-link).
 */
export function openSlot(index: number, programId: number): { link: number; program: number } {
  const root = process.env['LIBXDP_BPFFS'] ?? bpffsRoot;
  const folder = join(root, 'xdp', `dispatch-${index}-${xdpOn(index).programId}`);
  for (let position = 0; position < programsMax; position++) {
    const fd = libbpf().openPin(join(folder, `prog${position}-prog`));
    if (fd < 0) continue;
    // struct bpf_prog_info: type, then the id.
    if (kernelInfo(fd, 88).getUint32(4, true) === programId) {
      const link = orThrow(
        libbpf().openPin(join(folder, `prog${position}-link`)),
        'open the link of our program',
      );
      return { link, program: fd };
    }
    closeFd(fd);
  }
  throw new TidegateError('TG2001', `Our program is not found among the pins of libxdp in ${folder}.`);
}

/**
 * Takes one program out of a dispatcher, the others stay; or off the interface, where it is alone on it without a
 * dispatcher. Returns whether it was there.
 */
export function takeOut(index: number, programId: number, mode: XdpMode): boolean {
  const xdp = libxdp();
  const multiprog = pointerOrNull(xdp.multiprogOn(index));
  if (multiprog === null) return false;
  try {
    if (xdp.isLegacy(multiprog)) return detachAlone(multiprog, programId);
    let each = xdp.nextProgram(null, multiprog);
    while (each !== null && xdp.programId(each) !== programId) each = xdp.nextProgram(each, multiprog);
    if (each === null) return false;
    orRefuse(xdp.detach(each, index, libxdpMode[mode], 0), 'take our program out of the dispatcher');
    return true;
  } finally {
    xdp.multiprogClose(multiprog);
  }
}

function detachAlone(multiprog: Handle, programId: number): boolean {
  const main = libxdp().mainProgram(multiprog);
  if (main === null || libxdp().programId(main) !== programId) return false;
  orRefuse(libxdp().multiprogDetach(multiprog), 'take our program off');
  return true;
}

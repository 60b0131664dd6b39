/**
 * XDP programs on interfaces, as bpf links: a link lives as long as a descriptor or a pin holds it, and its program
 * can be replaced without a gap.
 *
 * Interface indexes are those of the calling thread's network namespace.
 */
import { libbpf, orThrow, takeLog } from './libbpf.ts';
import { kernelInfo } from './bpf-map.ts';
import { closeFd, errorText } from './libc.ts';

export type XdpMode = 'native' | 'generic';

const attachTypeXdp = 37;
const modeFlag = { generic: 1 << 1, native: 1 << 2 } as const;
const attachedNatively = 1;
const attachedGenerically = 2;

export interface XdpAttachment {
  /** 0: nothing is attached. */
  readonly programId: number;
  readonly mode: XdpMode | 'other';
}

/** What is attached to an interface now. */
export function xdpOn(interfaceIndex: number): XdpAttachment {
  // struct bpf_xdp_query_opts: size, then the ids in general, native, hardware and generic mode, then the mode.
  const options = new Uint8Array(32);
  const view = new DataView(options.buffer);
  view.setBigUint64(0, BigInt(options.length), true);
  orThrow(libbpf().xdpQuery(interfaceIndex, 0, options), 'ask which XDP program is attached');
  const mode = options[24];
  const ids = [8, 12, 16, 20].map((offset) => view.getUint32(offset, true));
  return {
    programId: ids.find((id) => id !== 0) ?? 0,
    mode: mode === attachedNatively ? 'native' : mode === attachedGenerically ? 'generic' : 'other',
  };
}

/** Attaches a program. Returns the link's descriptor, or why the kernel would not. */
export function createXdpLink(
  programFd: number,
  interfaceIndex: number,
  mode: XdpMode,
): number | { refusal: string } {
  const options = new Uint8Array(16);
  const view = new DataView(options.buffer);
  view.setBigUint64(0, BigInt(options.length), true);
  view.setUint32(8, modeFlag[mode], true);
  takeLog();
  const fd = libbpf().linkCreate(programFd, interfaceIndex, attachTypeXdp, options);
  return fd >= 0 ? fd : { refusal: errorText(fd) };
}

/** Puts another program in the place of a link's. */
export function replaceProgram(link: number, programFd: number): void {
  orThrow(libbpf().linkUpdate(link, programFd, null), 'replace the attached XDP program');
}

/** Takes the program off the interface; the link stays as an empty shell. No error where that was done already. */
export const detachLink = (link: number): void => void libbpf().linkDetach(link);

/** The interface that a link is attached to; 0 where the interface is gone. */
export const interfaceOfLink = (link: number): number => kernelInfo(link, 64).getUint32(16, true);

export const programOfLink = (link: number): number => kernelInfo(link, 64).getUint32(8, true);

/** Name of a program, for people; empty where it is gone. */
export function programName(id: number): string {
  const fd = libbpf().programById(id);
  if (fd < 0) return '';
  try {
    const info = kernelInfo(fd, 88);
    const name = new Uint8Array(info.buffer, 64, 16);
    return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
  } finally {
    closeFd(fd);
  }
}

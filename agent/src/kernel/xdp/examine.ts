/** Looks at the datapath from beside it: attaches nothing, pins nothing, and disturbs no agent that runs. */
import { loadObject } from '../bpf-object.ts';
import { kernelInfo } from '../bpf-map.ts';
import { closeFd } from '../libc.ts';
import { findPinFolder } from '../pins.ts';
import { openPinnedLinks } from './attach.ts';
import { dispatchersOf } from './dispatched.ts';
import { dimensionsOf, mapSizes } from './maps.ts';

/** Programs of an instance that are attached: ids by interface index. Throws EACCES where its pins are not ours to see. */
export function attachedPrograms(instance: string): ReadonlyMap<number, number> {
  const pins = findPinFolder(instance);
  const links = pins === null ? [] : openPinnedLinks(pins);
  for (const { link } of links) closeFd(link);
  const behind = pins === null ? [] : dispatchersOf(pins);
  return new Map([
    ...links.map(({ interfaceIndex, programId }) => [interfaceIndex, programId] as const),
    // The interface carries the dispatcher, and that runs ours.
    ...behind,
  ]);
}

/** The program needs no more to be verified; the maps of a busy server would take memory from it. */
const targets = 16;
const jitedBytesAt = 16;

/** Has the kernel verify and translate the program, and lets go of it. Throws TG2001 with the reason. */
export function tryLoading(): { readonly jitedBytes: number } {
  const object = loadObject('tidegate', {
    maxEntries: mapSizes(dimensionsOf({ targetsMax: targets })),
  });
  try {
    return { jitedBytes: kernelInfo(object.programFd('tidegate'), 88).getUint32(jitedBytesAt, true) };
  } finally {
    object.close();
  }
}

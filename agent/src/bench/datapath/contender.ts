/** A program under measurement, attached to the interface of its lane. */
import { loadObject } from '../../kernel/bpf-object.ts';
import { closeFd, interfaceIndex } from '../../kernel/libc.ts';
import { createXdpLink, programOfLink } from '../../kernel/xdp-link.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { receivingInterface, type Lane } from './bed.ts';

export interface Contender {
  readonly name: string;
  readonly lane: Lane;
  readonly programId: number;
  /** Takes the program off. */
  readonly close: () => void;
}

/** A program that does nothing: what the statistics themselves cost, and the least that any program can show. */
export function openFloor(lane: Lane): Contender {
  const object = loadObject('floor');
  const link = inNamespace(lane.namespace, () =>
    createXdpLink(object.programFd('nothing'), interfaceIndex(receivingInterface), 'native'),
  );
  if (typeof link !== 'number') throw new Error(`the floor cannot be attached: ${link.refusal}`);
  return {
    name: 'floor',
    lane,
    programId: programOfLink(link),
    close: () => {
      closeFd(link);
      object.close();
    },
  };
}

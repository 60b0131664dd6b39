/**
 * One sender, and for each contender a receiving namespace of its own behind a veth pair: contenders stay attached side
 * by side, and a run goes to one of them.
 *
 * Promises: nothing but the sender's packets arrives (no IPv6 chatter); what passes XDP ends in the same cheap sink at tc
 * ingress; `remove` leaves nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadObject } from '../../kernel/bpf-object.ts';
import { interfaceIndex, mapFd } from '../../kernel/libc.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { attachAtIngress } from '../../testkit/traffic/index.ts';

export const receiverMac = '02:00:00:00:71:02';
export const receivingInterface = 'eth0';

export interface Lane {
  /** The receiving namespace, in /run/netns. */
  readonly namespace: string;
  /** The interface that leads to it, in the sender's namespace. */
  readonly senderInterface: string;
  /** Packets that passed XDP, since the lane was made. */
  readonly passed: () => number;
}

export interface Bed {
  readonly senderNamespace: string;
  /** Adds a receiver. @param name Up to ten letters and digits. */
  addLane(name: string): Lane;
  readonly remove: () => void;
}

/** As many queues as CPUs, so that two senders do not meet in one. */
const queues = (count: number): string => `numtxqueues ${count} numrxqueues ${count}`;

export function createBed(cpus: number): Bed {
  const prefix = `tg-${process.pid}-dp`;
  const namespaces: string[] = [];
  const sinks: (() => void)[] = [];
  const addNamespace = (namespace: string): void => {
    execFileSync('ip', ['netns', 'add', namespace]);
    namespaces.push(namespace);
    inNamespace(namespace, () => {
      writeFileSync('/proc/sys/net/ipv6/conf/default/disable_ipv6', '1');
    });
  };
  const remove = (): void => {
    for (const namespace of namespaces) spawnSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' });
    for (const close of sinks) close();
  };
  const senderNamespace = `${prefix}-sender`;
  addNamespace(senderNamespace);
  return {
    senderNamespace,
    addLane: (name) => {
      const namespace = `${prefix}-${name}`;
      addNamespace(namespace);
      const peer = `peer name ${receivingInterface} address ${receiverMac} ${queues(cpus)} netns ${namespace}`;
      ip(senderNamespace, [
        `link add name ${name} ${queues(cpus)} type veth ${peer}`,
        `link set dev ${name} up`,
      ]);
      ip(namespace, [`link set ${receivingInterface} up`]);
      const sink = openSink(namespace, cpus);
      sinks.push(sink.close);
      return { namespace, senderInterface: name, passed: sink.passed };
    },
    remove,
  };
}

function openSink(
  namespace: string,
  cpus: number,
): { readonly passed: () => number; readonly close: () => void } {
  const object = loadObject('floor', { maxEntries: { passed: cpus } });
  const memory = mapFd(object.mapFd('passed'), cpus * 8, { writable: false });
  const counts = new BigUint64Array(memory.buffer);
  inNamespace(namespace, () => {
    attachAtIngress(object.programFd('sink'), interfaceIndex(receivingInterface));
  });
  return {
    passed: () => counts.reduce((sum, count) => sum + Number(count), 0),
    close: () => {
      memory.release();
      object.close();
    },
  };
}

function ip(namespace: string, commands: readonly string[]): void {
  execFileSync('ip', ['-n', namespace, '-batch', '-'], {
    input: commands.join('\n'),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

/**
 * Who is never blocked and who always is: flows of the policy and of this server's own sockets in the never-block set,
 * sources of the policy in the blocklist.
 *
 * Promises: the policy's flows come first, and what the kernel has no place for is told. Nothing here throws: what cannot
 * be put in force is a note, and what was in force before stays.
 */
import type { Bundle, CompiledFlow } from '@tidegate/schemas';
import type { Blocklist } from '../actions/xdp/blocklist.ts';
import type { KeptFlow, NeverBlock } from '../actions/xdp/never-block.ts';
import type { TcpSocket } from '../kernel/tcp-sockets.ts';
import { rulesMax } from '../kernel/xdp/index.ts';
import type { Log } from '../ports.ts';
import { ownFlows } from './own-flows.ts';

export interface SourceListParts {
  readonly neverBlock: Pick<NeverBlock, 'set'>;
  readonly blocklist: Pick<Blocklist, 'set'>;
  /** Where the controller listens; null where there is none. */
  readonly controllerPort: number | null;
  /** May throw. */
  readonly sockets: () => readonly TcpSocket[];
  readonly log: Log;
}

export interface SourceLists {
  /** Takes over what a bundle says. */
  use(policy: Pick<Bundle, 'neverBlock' | 'blocklist'>): void;
  /** Looks at the server's sockets again; call it every some seconds. */
  refresh(): void;
  /** What is not in force, in sentences. */
  readonly notes: readonly string[];
}

export function createSourceLists(parts: SourceListParts): SourceLists {
  const { neverBlock, blocklist, controllerPort, sockets, log } = parts;
  /** Each told once, until it is another one. */
  const notes: Record<'sockets' | 'flows' | 'blocklist', string> = { sockets: '', flows: '', blocklist: '' };
  let policy: readonly KeptFlow[] = [];
  let own: readonly KeptFlow[] = [];
  /** What the blocklist was last set to; null where it never was. */
  let blocked: string | null = null;
  const tell = (about: keyof typeof notes, note: string): void => {
    if (note !== '' && note !== notes[about]) log.warn(note);
    notes[about] = note;
  };
  const attempt = (about: keyof typeof notes, what: string, action: () => string): void => {
    try {
      tell(about, action());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell(about, `${what}: ${reason}`.slice(0, noteCharactersMax));
    }
  };
  const refresh = (): void => {
    attempt('sockets', 'the flows that this server depends on are not known', () => {
      own = ownFlows(sockets(), controllerPort);
      return '';
    });
    attempt('flows', 'the never-block set is not what it should be', () => {
      // Each has one range of ports at the most, and so takes one place.
      const all = [...policy, ...own];
      neverBlock.set(all.slice(0, rulesMax));
      return noteOnRest(all.slice(rulesMax));
    });
  };
  return {
    use: ({ neverBlock: flows = [], blocklist: sources = [] }) => {
      policy = flows.map(keptFlow);
      refresh();
      const text = sources.join(' ');
      attempt('blocklist', 'the blocklist of the policy is not in force', () => {
        // A bundle seldom changes it, and reading it takes some 10 ms.
        if (text !== blocked || notes.blocklist !== '') blocklist.set(sources);
        blocked = text;
        return '';
      });
    },
    refresh,
    get notes() {
      return Object.values(notes).filter((note) => note !== '');
    },
  };
}

const noteCharactersMax = 300;
const namesMax = 3;

function noteOnRest(left: readonly KeptFlow[]): string {
  if (left.length === 0) return '';
  const names = left.slice(0, namesMax).map(({ name }) => name);
  const more = left.length > namesMax ? ` and ${left.length - namesMax} more` : '';
  return `the never-block set is full, and has no place for ${names.join(', ')}${more}`;
}

/** Only packets to protected prefixes are looked at: a flow to all of them names everything, and takes one place. */
function keptFlow(flow: CompiledFlow): KeptFlow {
  const { name, source, protocol, sourcePorts, destinationPorts, packetsPerSecond } = flow;
  const { destination = source.includes(':') ? '::/0' : '0.0.0.0/0' } = flow;
  return {
    name,
    match: {
      ...{ source, destination, protocol },
      ...(sourcePorts === undefined ? {} : { sourcePorts: [sourcePorts] }),
      ...(destinationPorts === undefined ? {} : { destinationPorts: [destinationPorts] }),
    },
    packetsPerSecondMax: packetsPerSecond,
  };
}

/** Everything that a check may look at. No method changes anything on the system. */
import type { Asked } from '../../../control/client.ts';
import type { ClockState } from '../../../kernel/clock-state.ts';
import type { LinkState } from '../../../kernel/link.ts';
import type { XdpFeatures } from '../../../kernel/xdp-features.ts';
import type { XdpAttachment } from '../../../kernel/xdp-link.ts';
import type { ControllerAddress } from '../../../uplink/http.ts';
import type { Neighbour } from '../../../actions/bgp/speaker.ts';
import type { AgentSettings } from '../../config.ts';
import type { SpeakerSettings } from '../../speakers.ts';

export type Missing = 'absent' | 'denied';

/** A folder as the agent would use it; one that does not exist is made in the nearest that does. */
export interface FolderState {
  /** The folder, or the nearest above it that exists. */
  readonly at: string;
  /** Why this user cannot write there; null where it can. */
  readonly problem: string | null;
  readonly freeBytes: number;
}

/** The controller's answer to a question, with the times around it by our clock, ms since the epoch. */
export interface Answer {
  readonly status: number;
  /** The `Date` header (RFC 9110), whole seconds. */
  readonly date: string | undefined;
  readonly askedMs: number;
  readonly answeredMs: number;
}

export interface Host {
  readonly nodeVersion: string;
  /** As `uname -r` says it. */
  readonly kernelRelease: string;
  readonly user: { readonly name: string; readonly isRoot: boolean };
  /** Effective capabilities, a bit each (capabilities(7)). */
  readonly capabilities: bigint;

  exists(path: string): boolean;
  /** The text of a small file. */
  read(path: string): { readonly text: string } | Missing;
  folder(path: string): FolderState;
  /** Bytes of the files in a folder. */
  bytesIn(path: string): number | Missing;
  /** Whether this user may connect to a socket. */
  socket(path: string): 'usable' | Missing;

  isBpffsMounted(): boolean;
  /** Version of libbpf. Throws TG2001. */
  libbpfVersion(): string;
  /** Throws where a shared library cannot be loaded. */
  loadLibrary(soname: string): void;
  /** Rejects where the package `cap`, or libpcap below it, cannot be loaded. */
  loadPcap(): Promise<void>;
  /** Has the kernel take the XDP program, and lets go of it. Throws TG2001. */
  tryProgram(): { readonly jitedBytes: number };

  linkNames(): readonly string[];
  link(name: string): LinkState | null;
  xdpOn(interfaceIndex: number): XdpAttachment;
  xdpFeatures(interfaceIndex: number): XdpFeatures | null;
  /** Empty where this user may not know. */
  programName(id: number): string;
  /** Programs of an instance by interface index; `denied` where its pins are not this user's to see. */
  ownPrograms(instance: string): ReadonlyMap<number, number> | 'denied';
  /** Has the kernel check a rule of ours, and says what stands under our name. Rejects with TG2003 or TG2010. */
  examineNftables(instance: string): Promise<'absent' | 'ours' | 'foreign'>;

  wallMs(): number;
  clock(): ClockState;
  /** Rejects where there is no answer in time. */
  get(address: ControllerAddress, path: string, timeoutMs: number): Promise<Answer>;
  askAgent(socket: string): Promise<Asked>;
  /** What matters here of the bundle that an agent would start with. */
  lastGoodBundle(settings: AgentSettings): {
    readonly interfaces: readonly string[];
    /** BGP speakers that it announces through. */
    readonly speakers: readonly string[];
  } | null;
  /** Rejects with TG2017 where a speaker does not answer. */
  neighboursOf(speaker: SpeakerSettings): Promise<Neighbour[]>;
}

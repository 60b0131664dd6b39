/**
 * libnftables through koffi: commands in nft's own syntax, listings as JSON.
 *
 * Promises: one call at a time in the whole process (libnftables is not made for threads) and none of them on the
 * calling thread, so a ruleset of any size never holds the tick; output goes to buffers, never to stdout or stderr.
 *
 * The netlink socket belongs to the network namespace of the thread that calls `openNftables`.
 */
import { readFileSync } from 'node:fs';
import { TidegateError } from '@tidegate/schemas';
import { inTurn } from './in-turn.ts';
import { loadLibrary } from './native.ts';

/** What nft answered instead of doing as told: its own text, first line. */
export class NftRefusal extends Error {
  override readonly name = 'NftRefusal';
}

export interface Nftables {
  /** Runs the lines of `commands` as one transaction: all of them or none. Returns what they listed, JSON or empty. */
  run(commands: string): Promise<string>;
  /** Has the kernel check the lines of `commands` as one transaction, and changes nothing. */
  check(commands: string): Promise<void>;
  close(): void;
}

type Context = bigint;

interface Library {
  readonly contextNew: (flags: number) => Context | null;
  readonly contextFree: (context: Context) => void;
  readonly setOutputFlags: (context: Context, flags: number) => void;
  readonly setDryRun: (context: Context, dry: boolean) => void;
  readonly bufferOutput: (context: Context) => number;
  readonly bufferError: (context: Context) => number;
  readonly outputBuffer: (context: Context) => string;
  readonly errorBuffer: (context: Context) => string;
  readonly run: (context: Context, commands: string) => Promise<number>;
}

// libnftables(3): HANDLE | JSON | NUMERIC_PROTO | NUMERIC_PRIO | NUMERIC_SYMBOL.
const outputFlags = (1 << 3) | (1 << 4) | (1 << 7) | (1 << 8) | (1 << 9);

const netlinkFamily = 16;
const rawSocket = 3;
const netfilterProtocol = 12;
const netAdminBit = 1n << 12n;

let library: Library | undefined;
const oneAtATime = inTurn();

/** Throws TG2010 where nftables is missing or not allowed. */
export function openNftables(): Nftables {
  library ??= bind();
  const nft = library;
  const context = nft.contextNew(0);
  if (context === null) throw new TidegateError('TG2010', 'libnftables gave no context (nft_ctx_new).');
  nft.setOutputFlags(context, outputFlags);
  nft.bufferOutput(context);
  nft.bufferError(context);
  let closed = false;
  return {
    run: async (commands) => {
      if (closed) throw new NftRefusal('the nftables context is closed');
      return oneAtATime(() => call(nft, context, commands));
    },
    check: async (commands) => {
      if (closed) throw new NftRefusal('the nftables context is closed');
      await oneAtATime(async () => {
        nft.setDryRun(context, true);
        try {
          await call(nft, context, commands);
        } finally {
          nft.setDryRun(context, false);
        }
      });
    },
    close: () => {
      if (closed) return;
      closed = true;
      void oneAtATime(async () => nft.contextFree(context));
    },
  };
}

async function call(nft: Library, context: Context, commands: string): Promise<string> {
  const code = await nft.run(context, commands);
  // Both buffers are read each time, because reading rewinds them.
  const output = nft.outputBuffer(context);
  const error = nft.errorBuffer(context);
  if (code !== 0) throw new NftRefusal(firstLine(error) ?? `nft gave code ${code} and no reason`);
  return output;
}

const firstLine = (text: string): string | undefined => text.split('\n').find((line) => line.trim() !== '');

function bind(): Library {
  try {
    refuseWithoutNetAdmin();
    refuseWithoutNetfilter();
    const nft = loadLibrary('libnftables.so.1');
    const run = nft.func('int nft_run_cmd_from_buffer(void *ctx, const char *buf)');
    return {
      contextNew: nft.func('void *nft_ctx_new(uint32_t flags)'),
      contextFree: nft.func('void nft_ctx_free(void *ctx)'),
      setOutputFlags: nft.func('void nft_ctx_output_set_flags(void *ctx, unsigned int flags)'),
      setDryRun: nft.func('void nft_ctx_set_dry_run(void *ctx, bool dry)'),
      bufferOutput: nft.func('int nft_ctx_buffer_output(void *ctx)'),
      bufferError: nft.func('int nft_ctx_buffer_error(void *ctx)'),
      outputBuffer: nft.func('const char *nft_ctx_get_output_buffer(void *ctx)'),
      errorBuffer: nft.func('const char *nft_ctx_get_error_buffer(void *ctx)'),
      run: (context, commands) =>
        new Promise((resolve, reject) => {
          run.async(context, commands, (error: Error | null, code: number) => {
            if (error === null) resolve(code);
            else reject(error);
          });
        }),
    };
  } catch (cause) {
    throw new TidegateError('TG2010', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** libnftables would say so too, but on our stderr. */
function refuseWithoutNetAdmin(): void {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (effective !== undefined && (BigInt(`0x${effective}`) & netAdminBit) !== 0n) return;
  throw new Error('nftables needs CAP_NET_ADMIN, which this process does not have (capabilities(7))');
}

/** libnftables ends the whole process when it gets no netlink socket: ask for one before it does. */
function refuseWithoutNetfilter(): void {
  const libc = loadLibrary('libc.so.6');
  const socket = libc.func('int socket(int domain, int type, int protocol)') as (...args: number[]) => number;
  const close = libc.func('int close(int fd)') as (fd: number) => number;
  const fd = socket(netlinkFamily, rawSocket, netfilterProtocol);
  if (fd < 0) throw new Error('the kernel gives no netfilter netlink socket (CONFIG_NETFILTER_NETLINK)');
  close(fd);
}

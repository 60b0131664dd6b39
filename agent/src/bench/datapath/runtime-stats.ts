/** The kernel's own account of a program: how often it ran, and how long in all (bpf(2), BPF_ENABLE_STATS). */
import { kernelInfo } from '../../kernel/bpf-map.ts';
import { libbpf, orThrow } from '../../kernel/libbpf.ts';
import { closeFd } from '../../kernel/libc.ts';
import { loadLibrary } from '../../kernel/native.ts';

export interface RuntimeStats {
  readonly runTimeNs: number;
  readonly runs: number;
}

const runTimeKind = 0;
/** struct bpf_prog_info. */
const info = { bytes: 208, runTimeNs: 192, runs: 200 };

/** Lets the kernel keep the account, for all programs, until the returned function is called. */
export function enableRuntimeStats(): () => void {
  const enable = loadLibrary('libbpf.so.1').func('int bpf_enable_stats(int type)') as (
    type: number,
  ) => number;
  const fd = orThrow(enable(runTimeKind), 'switch the run-time statistics on');
  return () => {
    closeFd(fd);
  };
}

/** Totals of a program since it was loaded, over the time in which the account was kept. */
export function runtimeStats(programId: number): RuntimeStats {
  const fd = orThrow(libbpf().programById(programId), `find program ${programId}`);
  try {
    const view = kernelInfo(fd, info.bytes);
    return {
      runTimeNs: Number(view.getBigUint64(info.runTimeNs, true)),
      runs: Number(view.getBigUint64(info.runs, true)),
    };
  } finally {
    closeFd(fd);
  }
}

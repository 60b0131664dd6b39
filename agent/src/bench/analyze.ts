/**
 * How many packets a second `tidegate analyze` gets through: a capture of an uncompressed pcap, as a server would make it
 * in an attack, read from a file and analysed to the end, on one core. The best of three runs.
 *
 * `npm run bench -- analyze`
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureAnalysis } from '../engine/analyze/index.ts';
import {
  SeededRandom,
  attackFamily,
  attackScene,
  attackTraffic,
  drawMix,
  generate,
} from '../engine/generator/index.ts';
import { pcapFile } from '../engine/capture-file/write.contract.ts';

const target = '203.0.113.10';
const packetsWanted = 3_000_000;
const chunkBytes = 1024 * 1024;
const rounds = 3;
const header = Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0);

/** A second of legitimate traffic in both directions, then three attacks at once, written again and again. */
function writeCapture(path: string): number {
  const random = new SeededRandom('bench analyze');
  const mix = drawMix({ target, random, packetsPerSecond: 30_000 });
  const attacks = ['syn_flood', 'udp_flood', 'dns_amplification'].map((family) =>
    attackTraffic(attackFamily(family).draw(random, attackScene(target)), {
      target,
      packetsPerSecond: 40_000,
      startNs: 1e9,
      endNs: 2e9,
    }),
  );
  const frames = [...generate({ seed: 'bench', sources: [...mix.sources, ...attacks], durationMs: 2000 })]
    .flatMap(({ packets }) => packets)
    .map(({ atNs, bytes }) => ({ atNs, bytes: Uint8Array.from([...header, ...bytes]) }));
  const file = openSync(path, 'w');
  let written = 0;
  for (let round = 0; written < packetsWanted; round++) {
    const shifted = frames.map(({ atNs, bytes }) => ({
      atNs: BigInt(Math.round(atNs + round * 2e9)),
      bytes,
    }));
    const bytes = pcapFile(shifted);
    writeSync(file, round === 0 ? bytes : bytes.subarray(24));
    written += frames.length;
  }
  closeSync(file);
  return written;
}

interface Took {
  readonly wallMs: number;
  /** Less than the wall time where other programs had the core, too. */
  readonly cpuMs: number;
}

function analyse(path: string): Took {
  const chunk = new Uint8Array(chunkBytes);
  const file = openSync(path, 'r');
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  const analysis = new CaptureAnalysis();
  for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) {
    analysis.push(chunk.subarray(0, bytes));
  }
  analysis.end();
  closeSync(file);
  const { user, system } = process.cpuUsage(cpuFrom);
  return { wallMs: performance.now() - from, cpuMs: (user + system) / 1000 };
}

const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-'));
try {
  const path = join(folder, 'flood.pcap');
  const packets = writeCapture(path);
  const runs = Array.from({ length: rounds }, () => analyse(path));
  const perSecond = (ms: number): number => Math.round((packets * 1000) / ms);
  const figures = {
    packetsPerSecond: perSecond(Math.min(...runs.map(({ wallMs }) => wallMs))),
    packetsPerCpuSecond: perSecond(Math.min(...runs.map(({ cpuMs }) => cpuMs))),
    packets,
  };
  console.log(JSON.stringify({ schema: 'tidegate/bench/v1', name: 'analyze', figures }));
} finally {
  rmSync(folder, { recursive: true });
}

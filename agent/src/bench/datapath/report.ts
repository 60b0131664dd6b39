/** The measurement for people: the figures, then every run. */
import { ratios } from './figures.ts';
import type { Runs } from './rounds.ts';

export function renderReport(runs: Runs, figures: Readonly<Record<string, number>>): string {
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  const lines = Object.entries(figures).map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  const names = [...runs.keys()];
  const table = [
    ['round', ...names, 'full/xdpFilter'],
    ...ratios(runs, 'full', 'xdpFilter').map((ratio, round) => [
      String(round + 1),
      ...names.map((name) => runs.get(name)![round]!.nsPerPacket.toFixed(1)),
      ratio.toFixed(3),
    ]),
  ];
  const cells = table.map((row) => row.map((cell) => cell.padStart(16)).join(''));
  return `${[...lines, '', 'ns/packet:', ...cells].join('\n')}\n`;
}

/** The report for a person at 3 a.m.: the verdict, the numbers behind it, what to paste, and only then the rest. */
import { protocolName } from '@tidegate/agent/engine/analyze';
import type { Analysis } from '@tidegate/schemas';
import { printable } from '../io.ts';
import { bitRate, byteCount, duration, grouped, packetRate, percent, ranges } from './format.ts';
import { effectOf, undoCommand, verdictOf, whenOf } from './words.ts';

const sourcesShown = 8;
const indicatorsShown = 12;

export function analysisText(analysis: Analysis): string {
  const sections = [
    [verdictOf(analysis)],
    numbers(analysis),
    vectors(analysis),
    pastes(analysis),
    sources(analysis),
    indicators(analysis),
    titled(
      'Why',
      analysis.reasons.map((reason) => `- ${reason}`),
    ),
    capture(analysis),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.map(line).join('\n'));
  return `${text.join('\n\n')}\n`;
}

/** Rules have several lines; everything else is one. */
const line = (text: string): string => text.split('\n').map(printable).join('\n');

const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((text) => `  ${text}`)];

function numbers(analysis: Analysis): string[] {
  const [target] = analysis.targets;
  if (target === undefined) return [];
  const usual = target.usualPacketsPerSecond;
  const head =
    analysis.family === 'none' ? `  busiest  ${target.target}` : `  when     ${whenOf(analysis, target)}`;
  return [
    head,
    `  rate     ${packetRate(target.packetsPerSecond)}, ${bitRate(target.bitsPerSecond)} (peak ${packetRate(target.peakPacketsPerSecond)}, ${bitRate(target.peakBitsPerSecond)})`,
    ...(usual === null ? [] : [`  usual    ${packetRate(usual)}`]),
    `  sources  about ${grouped(target.sources)}${analysis.sourcesSpoofedLikely ? ', most of them spoofed' : ''}`,
    ...analysis.targets
      .slice(1)
      .filter(({ family }) => family !== 'none')
      .map((other) => `  also     ${other.family} on ${other.target}, ${packetRate(other.packetsPerSecond)}`),
  ];
}

function vectors({ vectors: list }: Analysis): string[] {
  return titled(
    'Vectors',
    list.map(
      ({
        family,
        share,
        protocol,
        sourcePorts,
        destinationPorts,
        packetLengths,
        packetsPerSecond,
        bitsPerSecond,
      }) =>
        `${family}  ${percent(share)}: ${protocol === null ? 'several protocols' : protocolName(protocol)}, port ${ranges(sourcePorts)} to ${ranges(destinationPorts)}, ${ranges(packetLengths)} bytes, ${packetRate(packetsPerSecond)}, ${bitRate(bitsPerSecond)}`,
    ),
  );
}

function pastes({ rules }: Analysis): string[] {
  const of = (backend: 'nftables' | 'flowspec', title: string): string[] => {
    const mine = rules.filter((rule) => rule.backend === backend);
    return mine.length === 0 ? [] : [title, ...mine.flatMap((rule) => [`# ${effectOf(rule)}`, rule.text])];
  };
  const server = of('nftables', 'On the server, as root: nft -f - <<END … END');
  const upstream = of('flowspec', 'At the upstream, with GoBGP:');
  return [
    ...server,
    ...(server.length === 0 ? [] : [`# to take it back: ${undoCommand}`]),
    ...(server.length > 0 && upstream.length > 0 ? [''] : []),
    ...upstream,
  ];
}

function sources({ topSources, family }: Analysis): string[] {
  if (family === 'none') return [];
  return titled(
    'Top sources',
    topSources.slice(0, sourcesShown).map(({ source, packets, share, addresses }) => {
      const several = addresses === 1 ? '' : ` (${addresses} addresses)`;
      return `${source}${several}  ${grouped(packets)} packets, ${percent(share)}`;
    }),
  );
}

function indicators({ indicators: list }: Analysis): string[] {
  const shown = list
    .slice(0, indicatorsShown)
    .map(({ type, value, share }) => `${type} ${value}  ${percent(share)}`);
  const more = list.length - shown.length;
  return titled('Indicators', more > 0 ? [...shown, `and ${more} more: --format json`] : shown);
}

function capture(analysis: Analysis): string[] {
  const { format, fileBytes, frames, packets, bytes, durationMs, linkTypes, comments, skipped } = analysis;
  const links = linkTypes.map(({ name, frames: count }) =>
    linkTypes.length === 1 ? name : `${name} ${grouped(count)}`,
  );
  const left = Object.entries(skipped).filter(([, count]) => count > 0);
  return titled('Capture', [
    `${format}, ${byteCount(fileBytes)}, ${grouped(frames)} frames over ${duration(durationMs)}, ${links.join(', ')}`,
    `${grouped(packets)} IP packets, ${byteCount(bytes)}`,
    ...(left.length === 0
      ? []
      : [`skipped: ${left.map(([why, count]) => `${why} ${grouped(count)}`).join(', ')}`]),
    ...comments.map((comment) => `comment: ${comment.replaceAll('\n', '; ')}`),
  ]);
}

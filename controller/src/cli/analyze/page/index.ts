/**
 * The report as one page of HTML.
 *
 * Promises: one file that needs nothing else: no script, and no request to any host; every text of the capture is
 * escaped, and a policy in the page's head forbids what might slip through.
 */
import { protocolName } from '@tidegate/agent/engine/analyze';
import type { Analysis } from '@tidegate/schemas';
import { bitRate, byteCount, duration, grouped, packetRate, percent, ranges } from '../format.ts';
import { effectOf, undoCommand, verdictOf, whenOf } from '../words.ts';
import { barChart, timeChart, type Bar } from './charts.ts';
import { html, type Html } from './html.ts';
import { style } from './style.ts';

const barsShown = 8;
const upstream = html` class="upstream"`;
const indicatorsShown = 60;

export function analysisPage(analysis: Analysis): string {
  const sections = [
    verdict(analysis),
    partial(analysis),
    time(analysis),
    rules(analysis),
    vectors(analysis),
    shares(analysis),
    sources(analysis),
    targets(analysis),
    indicators(analysis),
    reasons(analysis),
    capture(analysis),
  ];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${verdictOf(analysis)}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <main>${sections}</main>
      </body>
    </html> `.text;
}

const card = (title: string, content: Html | readonly Html[]): Html =>
  html`<section class="card">
    <h2>${title}</h2>
    ${content}
  </section> `;

function verdict(analysis: Analysis): Html {
  const [target] = analysis.targets;
  const isAttack = analysis.family !== 'none' && target !== undefined;
  if (!isAttack) {
    return html`<header class="card verdict">
      <p class="kind">NO ATTACK RECOGNISED</p>
      <h1>${target === undefined ? 'Nothing to look at' : `Busiest: ${target.target}`}</h1>
      <p class="soft">${analysis.reasons.slice(0, 2).join('; ')}</p>
      ${target === undefined ? '' : tiles(analysis, target)}
    </header> `;
  }
  return html`<header class="card verdict bad">
    <p class="kind">ATTACK, CONFIDENCE ${analysis.confidence.toFixed(2)}</p>
    <h1>${analysis.family} on ${target.target}</h1>
    <p class="soft">${whenOf(analysis, target)}</p>
    ${tiles(analysis, target)}
  </header> `;
}

function tiles(analysis: Analysis, target: Analysis['targets'][number]): Html {
  const usual = target.usualPacketsPerSecond;
  const sources = analysis.sourcesSpoofedLikely ? 'sources, most of them spoofed' : 'sources';
  const list: [string, string][] = [
    [packetRate(target.packetsPerSecond), `packets, peak ${packetRate(target.peakPacketsPerSecond)}`],
    [bitRate(target.bitsPerSecond), `bits, peak ${bitRate(target.peakBitsPerSecond)}`],
    [usual === null ? 'not known' : packetRate(usual), 'usual'],
    [`about ${grouped(target.sources)}`, sources],
  ];
  return html` <div class="tiles">
    ${list.map(([value, what]) => html`<div><b>${value}</b><span>${what}</span></div>`)}
  </div>`;
}

function partial({ partial: cut }: Analysis): Html {
  if (cut === null) return html``;
  const unread = cut.unreadBytes === 0 ? '' : `; ${byteCount(cut.unreadBytes)} behind it were not read`;
  return html`<section class="card warning">
    <b>This report covers only a part of the file.</b> At byte ${grouped(cut.atByte)}: ${cut.reason}${unread}.
  </section> `;
}

function time({ timeline, targets: [target], family, durationMs }: Analysis): Html {
  if (target === undefined || timeline.packets.length === 0) return html``;
  const { binMs, packets, bytes } = timeline;
  const attack =
    family === 'none'
      ? null
      : { from: target.startedAtMs / binMs, to: Math.min(target.endedAtMs / binMs, packets.length) };
  const ends = ['0 s', duration(Math.max(durationMs, binMs))] as const;
  const perSecond = (values: readonly number[], factor: number): number[] =>
    values.map((value) => (value * factor * 1000) / binMs);
  const key =
    attack === null ? html`` : html`<p class="soft"><span class="key"></span>the attack, from its onset</p> `;
  return card(`Traffic to ${timeline.target}`, [
    html`<div class="two">
      ${timeChart({ title: 'Packets per second', values: perSecond(packets, 1), attack, format: packetRate, ends })}${timeChart({ title: 'Bits per second', values: perSecond(bytes, 8), attack, format: bitRate, ends })}
    </div> `,
    key,
  ]);
}

function rules({ rules: list }: Analysis): Html {
  if (list.length === 0) return html``;
  const of = (backend: 'nftables' | 'flowspec', title: string, note: Html): Html => {
    const mine = list.filter((rule) => rule.backend === backend);
    if (mine.length === 0) return html``;
    return html`<h3${backend === 'flowspec' ? upstream : ''}>${title}</h3>
      ${mine.map(
        (rule) =>
          html`<div class="rule">
            <pre>${rule.text}</pre>
            <p class="soft">${effectOf(rule)}</p>
          </div> `,
      )}${note}`;
  };
  return card('What to paste', [
    of(
      'nftables',
      'On the server, into nft -f -',
      html`<p class="soft">To take it back: <code>${undoCommand}</code></p> `,
    ),
    of('flowspec', 'At the upstream, with GoBGP', html``),
  ]);
}

const table = (heads: readonly [string, boolean][], rows: readonly (readonly string[])[]): Html =>
  html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${heads.map(([head, isNumber]) => (isNumber ? html`<th class="number">${head}</th>` : html`<th>${head}</th>`))}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, index) => (heads[index]?.[1] === true ? html`<td class="number">${cell}</td>` : html`<td class="list">${cell}</td>`))}
            </tr> `,
        )}
      </tbody>
    </table>
  </div> `;

function vectors({ vectors: list }: Analysis): Html {
  if (list.length === 0) return html``;
  const heads: [string, boolean][] = [
    ['vector', false],
    ['share', true],
    ['protocol', false],
    ['from port', false],
    ['to port', false],
    ['bytes', false],
    ['rate', true],
    ['answer', false],
  ];
  const rows = list.map((vector) => [
    vector.family,
    percent(vector.share),
    vector.protocol === null ? 'several' : protocolName(vector.protocol),
    ranges(vector.sourcePorts),
    ranges(vector.destinationPorts),
    ranges(vector.packetLengths),
    `${packetRate(vector.packetsPerSecond)}, ${bitRate(vector.bitsPerSecond)}`,
    vector.answer,
  ]);
  return card('Vectors', table(heads, rows));
}

const barsOf = (parts: readonly { readonly name: string; readonly share: number }[]): Bar[] =>
  parts.slice(0, barsShown).map(({ name, share }) => ({ name, share, text: percent(share) }));

function shares({ shares: all, family }: Analysis): Html {
  if (all.protocols.length === 0) return html``;
  const when = family === 'none' ? 'What the packets were' : 'What the packets were during the attack';
  return card(
    `${when} (from samples)`,
    html`<div class="two">
      ${barChart('Protocol', barsOf(all.protocols))}${barChart(
        'Length, bytes',
        all.packetLengths.map(({ name, share }) => ({ name, share, text: percent(share) })),
      )}${barChart('Source port', barsOf(all.sourcePorts))}${barChart('Destination port', barsOf(all.destinationPorts))}
    </div> `,
  );
}

function sources({ topSources }: Analysis): Html {
  if (topSources.length === 0) return html``;
  const heads: [string, boolean][] = [
    ['source', false],
    ['addresses', true],
    ['packets', true],
    ['share', true],
    ['of the attack', true],
  ];
  const rows = topSources.map(({ source, addresses, packets, share, attack }) => [
    source,
    grouped(addresses),
    grouped(packets),
    percent(share),
    attack === null ? '–' : percent(attack),
  ]);
  return card('Top sources', table(heads, rows));
}

function targets({ targets: list }: Analysis): Html {
  if (list.length < 2) return html``;
  const heads: [string, boolean][] = [
    ['target', false],
    ['attack', false],
    ['confidence', true],
    ['rate', true],
    ['packets', true],
    ['sources', true],
  ];
  const rows = list.map((target) => [
    target.target,
    target.family,
    target.family === 'none' ? '' : target.confidence.toFixed(2),
    `${packetRate(target.packetsPerSecond)}, ${bitRate(target.bitsPerSecond)}`,
    grouped(target.packets),
    grouped(target.sources),
  ]);
  return card('Targets', table(heads, rows));
}

/** A row for each kind of a vector: hundreds of reflectors are one long list, not a long table. */
function indicators({ indicators: list }: Analysis): Html {
  if (list.length === 0) return html``;
  const groups = new Map<string, Analysis['indicators']>();
  for (const one of list.slice(0, indicatorsShown)) {
    const key = `${one.family} ${one.type}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const rows = [...groups.values()].map((group) => {
    const isAddress = group[0]?.type === 'reflector' || group[0]?.type === 'source';
    const values = group.map(({ value, share }) => (isAddress ? value : `${value} (${percent(share)})`));
    return [group[0]?.type ?? '', values.join(', '), group[0]?.family ?? ''];
  });
  const heads: [string, boolean][] = [
    ['indicator', false],
    ['values', false],
    ['vector', false],
  ];
  const more = list.length - Math.min(list.length, indicatorsShown);
  const rest = html`<p class="soft">and ${more} more in the JSON report</p> `;
  return card('Indicators', [table(heads, rows), more > 0 ? rest : html``]);
}

const reasons = ({ reasons: list }: Analysis): Html =>
  card(
    'Why',
    html`<ul>
      ${list.map((reason) => html`<li>${reason}</li> `)}
    </ul> `,
  );

function capture(analysis: Analysis): Html {
  const { format, fileBytes, frames, packets, bytes, durationMs, linkTypes, skipped, comments, startedAt } =
    analysis;
  const left = Object.entries(skipped).filter(([, count]) => count > 0);
  const facts: [string, string][] = [
    ['file', `${format}, ${byteCount(fileBytes)}`],
    ['from', startedAt ?? 'not known'],
    ['duration', duration(durationMs)],
    ['frames', `${grouped(frames)} (${linkTypes.map(({ name }) => name).join(', ')})`],
    ['IP packets', `${grouped(packets)}, ${byteCount(bytes)}`],
    ['skipped', left.map(([why, count]) => `${why} ${grouped(count)}`).join(', ') || 'nothing'],
    ...comments.map((comment): [string, string] => ['comment', comment]),
  ];
  return card(
    'Capture',
    html`<dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd> `,
      )}
    </dl> `,
  );
}

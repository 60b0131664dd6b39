/** Charts as inline SVG. Their labels are HTML around them, which keeps its size when a chart is drawn small. */
import { html, type Html } from './html.ts';

const width = 600;
const height = 120;

export interface Series {
  readonly title: string;
  /** One value a bin, from 0 on. */
  readonly values: readonly number[];
  /** The bins of the attack, the last not included; null where there was none. */
  readonly attack: { readonly from: number; readonly to: number } | null;
  readonly format: (value: number) => string;
  /** What stands below, at the left and at the right. */
  readonly ends: readonly [string, string];
}

/** A filled line over time, the attack marked. */
export function timeChart({ title, values, attack, format, ends }: Series): Html {
  const most = Math.max(1e-9, ...values);
  const x = (bin: number): string => ((bin / Math.max(1, values.length)) * width).toFixed(1);
  const y = (value: number): string => (height - (value / most) * (height - 12)).toFixed(1);
  const steps = values.map((value, bin) => `L${x(bin)} ${y(value)}L${x(bin + 1)} ${y(value)}`).join('');
  const from = attack === null ? '' : x(attack.from);
  const wide = attack === null ? '' : (Number(x(attack.to)) - Number(from)).toFixed(1);
  const back = html`<rect class="attack" x="${from}" y="0" width="${wide}" height="${height}" />`;
  const front = html`<rect class="mark" x="${from}" y="0" width="${wide}" height="4" />
    <line class="onset" x1="${from}" x2="${from}" y1="0" y2="${height}" />`;
  const label = `${title}, at most ${format(most)}`;
  return html`<figure class="time">
    <figcaption><b>${title}</b><span>peak ${format(most)}</span></figcaption>
    <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}">
      ${attack === null ? '' : back}
      <path class="area" d="M0 ${height}${steps}L${width} ${height}Z" />
      ${attack === null ? '' : front}
      <line class="axis" x1="0" x2="${width}" y1="${height}" y2="${height}" />
    </svg>
    <div class="ends"><span>${ends[0]}</span><span>${ends[1]}</span></div>
  </figure> `;
}

export interface Bar {
  readonly name: string;
  /** 0 to 1. */
  readonly share: number;
  readonly text: string;
}

/** Bars one below the other, as long as their shares. */
export function barChart(title: string, bars: readonly Bar[]): Html {
  if (bars.length === 0) return html``;
  const rows = bars.map(
    ({ name, share, text }) =>
      html`<div class="row">
        <span class="name">${name}</span
        ><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          <rect class="track" width="100" height="10" />
          <rect class="bar" width="${(share * 100).toFixed(1)}" height="10" /></svg
        ><span class="value">${text}</span>
      </div> `,
  );
  return html`<section class="bars">
    <h3>${title}</h3>
    ${rows}
  </section> `;
}

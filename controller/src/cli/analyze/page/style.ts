/** The page's own style sheet: light and dark, from a telephone to paper. */
import { Html } from './html.ts';

export const style = new Html(`
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --ink: #1b2330; --soft: #5a6675; --line: #dfe4ea;
  --fill: #2f6fde; --fade: #2f6fde2e; --bad: #c22f1f; --bad-back: #c22f1f1c; --good: #1d7a46; --code: #eef1f5; }
@media (prefers-color-scheme: dark) { :root { --back: #12161d; --card: #1a2029; --ink: #e6ebf2; --soft: #9aa7b8;
  --line: #2d3643; --fill: #6ea3ff; --fade: #6ea3ff33; --bad: #ff7b6b; --bad-back: #ff7b6b24; --good: #5fcf91; --code: #11151b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 20px 16px 48px; display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); }
h1 { margin: 0 0 4px; font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 17px; }
h3 { margin: 0 0 8px; font-size: 14px; color: var(--soft); font-weight: 600; }
p { margin: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px; }
.verdict { border-left: 6px solid var(--good); }
.verdict.bad { border-left-color: var(--bad); }
.verdict .kind { font-size: 13px; font-weight: 700; letter-spacing: .04em; color: var(--good); }
.verdict.bad .kind { color: var(--bad); }
.soft { color: var(--soft); }
.warning { border-left: 6px solid var(--bad); }
.tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); margin-top: 14px; }
.tiles div { border-top: 2px solid var(--line); padding-top: 6px; }
.tiles b { display: block; font-size: 19px; line-height: 1.3; }
.tiles span { color: var(--soft); font-size: 13px; }
.two { display: grid; gap: 20px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); }
figure { margin: 0; }
figcaption { display: flex; justify-content: space-between; font-size: 14px; margin-bottom: 4px; }
figcaption span, .ends { color: var(--soft); font-size: 13px; }
.ends { display: flex; justify-content: space-between; }
.time svg { display: block; width: 100%; height: 140px; }
.area { fill: var(--fade); stroke: var(--fill); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.axis { stroke: var(--soft); stroke-width: 1; vector-effect: non-scaling-stroke; }
.attack { fill: var(--bad-back); }
.mark { fill: var(--bad); }
.onset { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
.key { display: inline-block; width: 14px; height: 12px; background: var(--bad-back); border-top: 4px solid var(--bad); vertical-align: -1px; margin-right: 6px; }
.row { display: grid; grid-template-columns: 112px minmax(40px, 1fr) 58px; gap: 10px; align-items: center; font-size: 14px; margin: 3px 0; }
.row svg { width: 100%; height: 10px; display: block; }
.row .name { overflow-wrap: anywhere; }
.row .value { text-align: right; font-variant-numeric: tabular-nums; }
.track { fill: var(--line); }
.bar { fill: var(--fill); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; color: var(--soft); font-weight: 600; font-size: 13px; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
code, pre { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
pre { margin: 6px 0 4px; padding: 12px; background: var(--code); border: 1px solid var(--line); border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
.rule { margin-bottom: 14px; }
.upstream { margin-top: 20px; }
.list { overflow-wrap: anywhere; }
.rule p { font-size: 14px; }
ul { margin: 0; padding-left: 20px; }
li { margin: 3px 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0; font-size: 14px; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
@media (max-width: 480px) { main { padding: 12px 10px 32px; } h1 { font-size: 21px; } .card { padding: 13px; }
  .row { grid-template-columns: 92px minmax(30px, 1fr) 54px; } dl { grid-template-columns: 1fr; } dt { margin-top: 6px; } }
@media print { :root { color-scheme: light; --back: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --fill: #1d4fa8;
  --fade: #1d4fa826; --bad: #a02010; --bad-back: #a0201018; --good: #14603a; --code: #fff; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } main { max-width: none; padding: 0; }
  .card { break-inside: avoid; } body { font-size: 12px; } }
`);

/** What is usual, for a person. */
import type { BaselineReport } from '@tidegate/schemas';
import { rateText } from '../engine/explain/index.ts';

type TargetReport = BaselineReport['targets'][number];
type FeatureReport = TargetReport['features'][number];

const days = (ms: number): string =>
  ms >= 86_400_000 ? `${(ms / 86_400_000).toFixed(1)} days` : `${(ms / 3_600_000).toFixed(1)} hours`;

/** Volumes have a unit, ratios have none. */
function valueText(name: string, value: number): string {
  const [metric = ''] = name.split('@');
  if (metric === 'bits') return rateText('bits', value);
  if (['packets', 'syn', 'tcp', 'udp', 'icmp', 'fragments', 'other'].includes(metric))
    return rateText('packets', value);
  return value.toPrecision(3);
}

function featureLine({ name, usual, isPinned }: FeatureReport): string {
  if (usual === null) return `  ${name.padEnd(22)} not known yet`;
  const median = valueText(name, usual.median).padStart(10);
  const high = valueText(name, usual.high).padStart(10);
  const seen = isPinned ? 'pinned' : `${Math.round(usual.count)} observations`;
  return `  ${name.padEnd(22)} median ${median}   1 in 1000 above ${high}   ${seen}`;
}

function targetLines(report: TargetReport, isWhole: boolean): string[] {
  const { target, ageMs, isFrozen, features } = report;
  const learning = isFrozen ? 'held back, something is going on' : 'learning';
  const head = `${target}  known for ${days(ageMs)}, ${learning}`;
  if (isWhole) return [head, ...features.map(featureLine), ...weekLines(features[0])];
  const first = features[0];
  return [head, ...(first === undefined ? [] : [featureLine(first)])];
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const bars = ' ▁▂▃▄▅▆▇█';

/** A week at one look: a row a day, a bar an hour (UTC), in relation to the busiest hour. */
function weekLines(feature: FeatureReport | undefined): string[] {
  const hours = feature?.hours ?? null;
  if (feature === undefined || hours === null) return [];
  const highest = Math.max(1e-9, ...hours.map((value) => value ?? 0));
  const bar = (value: number | null): string =>
    value === null ? '·' : (bars[Math.ceil((value / highest) * (bars.length - 1))] ?? ' ');
  const rows = weekdays.map(
    (day, index) =>
      `  ${day} ${hours
        .slice(index * 24, index * 24 + 24)
        .map(bar)
        .join('')}`,
  );
  return [
    `  ${feature.name} by hour of the week (UTC), busiest ${valueText(feature.name, highest)}`,
    ...rows,
  ];
}

export function renderBaseline({ targets, bytes }: BaselineReport): string {
  const size = `${(bytes / 1024 / 1024).toFixed(1)} MiB in all`;
  if (targets.length === 0) return `Nothing is known yet (${size}).\n`;
  const isWhole = targets.length === 1;
  const lines = targets.flatMap((report) => targetLines(report, isWhole));
  return `${[...lines, '', `${targets.length} ${isWhole ? 'target' : 'targets'}, ${size}`].join('\n')}\n`;
}

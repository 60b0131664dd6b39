// How the demo talks: to a person on standard error or output, to a machine as the last line of standard output.

/** 1234567 → `1.2M` */
export function short(value) {
  const units = ['', 'k', 'M', 'G'];
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)}${units[unit]}`;
}

const percent = (share) => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);

/** One line for each attack, as a table. */
export function summaryTable(attacks) {
  const rows = [
    [
      'attack',
      'target',
      'controller',
      'detected',
      'drop verified',
      'lost after: ping / new TCP',
      'at the onset',
    ],
    ...attacks.map((attack) => [
      attack.family,
      attack.target,
      attack.controllerUp ? 'up' : 'dead',
      attack.detectedMs === null ? 'NO' : `${attack.detectedMs} ms`,
      attack.verifiedDropMs === null ? 'NO' : `${attack.verifiedDropMs} ms`,
      `${percent(attack.legitimateLoss.ping)} / ${percent(attack.legitimateLoss.tcp)}`,
      `${percent(attack.onsetLoss.ping)} / ${percent(attack.onsetLoss.tcp)}`,
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd(),
  );
}

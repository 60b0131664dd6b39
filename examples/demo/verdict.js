// What the demo saw of each attack, judged from the audit log, the probe behind XDP and the clients.

/**
 * @typedef {object} AttackSeen
 * @property {string} family the family that was launched
 * @property {string} target
 * @property {boolean} controllerUp
 * @property {number | null} detectedMs first attack packet at the victim to incident.opened, ms
 * @property {number | null} verifiedDropMs first attack packet to the receipt `effective`, ms
 * @property {{ ping: number | null, tcp: number | null }} legitimateLoss shares once the drop was verified, 0 to 1
 * @property {{ ping: number | null, tcp: number | null }} onsetLoss shares before that
 * @property {string[]} problems
 */

/** The records of one attack: the first incident of its target and family that was opened after `sinceMs`. */
export function recordsOf(records, { target, family, sinceMs }) {
  const opened = records.find(
    (record) =>
      record.kind === 'incident.opened' &&
      record.body.target === target &&
      record.body.family === family &&
      Date.parse(record.at) >= sinceMs,
  );
  if (opened === undefined) return { opened: null, intent: null, effective: null };
  const { incident } = opened.body;
  const of = (kind, more = () => true) =>
    records.find(
      (record) => record.kind === kind && record.body.incident === incident && more(record.body),
    ) ?? null;
  return {
    opened,
    intent: of('action.intent'),
    effective: of('action.receipt', (body) => body.level === 'effective'),
  };
}

/**
 * Judges one attack. Times are wall-clock ms; `firstPacketMs` is the kernel time stamp of the first attack packet at
 * the victim, carried over to the wall clock.
 *
 * @returns {AttackSeen}
 */
export function judge(attack, records, { firstPacketMs, endMs, lossBetween }) {
  const { opened, intent, effective } = recordsOf(records, { ...attack, sinceMs: firstPacketMs - 50 });
  const problems = [];
  if (opened === null) problems.push(`${attack.family} on ${attack.target} was not detected`);
  else if (intent === null) problems.push(`no action was taken against ${attack.family} on ${attack.target}`);
  else if (effective === null)
    problems.push(`the drop of ${attack.family} on ${attack.target} was not verified`);
  const verifiedAtMs = effective === null ? null : Date.parse(effective.at);
  const loss = (fromMs, untilMs) => ({
    ping: lossBetween('ping', attack.target, fromMs, untilMs),
    tcp: lossBetween('tcp', attack.target, fromMs, untilMs),
  });
  const legitimateLoss = verifiedAtMs === null ? { ping: null, tcp: null } : loss(verifiedAtMs, endMs);
  if (verifiedAtMs !== null && (legitimateLoss.ping === null || legitimateLoss.tcp === null)) {
    problems.push(`no client could be watched at ${attack.target}`);
  }
  return {
    family: attack.family,
    target: attack.target,
    controllerUp: attack.controllerUp,
    detectedMs: opened === null ? null : Math.max(0, Math.round(Date.parse(opened.at) - firstPacketMs)),
    verifiedDropMs: verifiedAtMs === null ? null : Math.max(0, Math.round(verifiedAtMs - firstPacketMs)),
    legitimateLoss,
    onsetLoss: verifiedAtMs === null ? { ping: null, tcp: null } : loss(firstPacketMs, verifiedAtMs),
    problems,
  };
}

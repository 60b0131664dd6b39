/** What a bundle asks of the datapath, in the words of the XDP program; and what asks too much of a node without it. */
import type { Bundle, CeilingClass, CompiledThreshold } from '@tidegate/schemas';
import type { Ceiling, DatapathPolicy, Rate } from '../kernel/xdp/index.ts';

const kernelClass = {
  packets: 'packets',
  bits: 'bytes',
  syn: 'tcpSyn',
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'icmp',
  fragments: 'fragment',
  other: 'other',
} as const satisfies Record<CeilingClass, keyof Ceiling['limits']>;

/**
 * @param isStopped Whether stop-all is in force: then nothing is held back, only counted.
 */
export function datapathPolicyOf(
  { mode, protect, safelist, thresholds, decapsulate = [] }: Bundle,
  isStopped: boolean,
): DatapathPolicy {
  const hasCeilings = thresholds.some(({ ceiling }) => ceiling !== undefined);
  return {
    protect,
    safelist,
    // A threshold without a ceiling has its say, too: for its targets the one of a wider prefix does not hold.
    ceilings: hasCeilings ? thresholds.map(ceilingOf) : [],
    observe: mode === 'observe' || isStopped,
    decapsulate: { gre: decapsulate.includes('gre'), ip: decapsulate.includes('ipip') },
  };
}

function ceilingOf({ targets, ceiling }: CompiledThreshold): Ceiling {
  const limits = (ceiling?.limits ?? []).map(({ class: name, perSecond }): [string, Rate] => {
    const rate = { burstMs: ceiling!.burstMs };
    return [
      kernelClass[name],
      name === 'bits'
        ? { ...rate, unit: 'bytes', perSecond: perSecond / 8 }
        : { ...rate, unit: 'packets', perSecond },
    ];
  });
  return { targets, limits: Object.fromEntries(limits) };
}

/** What of a bundle cannot be done on a node that does not run XDP, in sentences. */
export function beyondPcap(bundle: Bundle): string[] {
  const { thresholds, playbooks, neverBlock = [], blocklist = [], decapsulate = [] } = bundle;
  const held = thresholds.filter(({ ceiling }) => ceiling !== undefined).map(({ name }) => name);
  const limited = playbooks
    .filter(({ steps }) => steps.some(({ action, limit }) => action === 'synproxy' || limit !== undefined))
    .map(({ name }) => name);
  return [
    ...(held.length === 0 ? [] : [`without XDP no ceiling is held: ${listed(held)}`]),
    ...(limited.length === 0
      ? []
      : [`without XDP the steps with a limit or a SYN proxy are refused: ${listed(limited)}`]),
    ...(neverBlock.length === 0
      ? []
      : [`without XDP no flow is kept from the rules: ${listed(neverBlock.map(({ name }) => name))}`]),
    ...(blocklist.length === 0 ? [] : [`without XDP the blocklist drops nothing: ${listed(blocklist)}`]),
    ...(decapsulate.length === 0
      ? []
      : [`without XDP traffic inside ${decapsulate.join(' and ')} is not looked into`]),
  ];
}

const namesMax = 3;

const listed = (names: readonly string[]): string =>
  names.slice(0, namesMax).join(', ') +
  (names.length > namesMax ? ` and ${names.length - namesMax} more` : '');

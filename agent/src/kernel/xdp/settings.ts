/** What the program is told in its one block of settings: sizes at the start, switches at any time. */
import { configFlag, layoutVersion, structs } from './layout.ts';
import { firstTarget, type Dimensions, type MappedMaps } from './maps.ts';

const { fields } = structs.tg_config;

// A slice may take two and a half budgets: see bpf/sample.h.
const sliceSeconds = 2 ** 24 / 1e9;
const budgetPerSlice = (perSecondMax: number): number =>
  perSecondMax === 0 ? 0 : Math.max(1, Math.floor((perSecondMax * sliceSeconds) / 2.5));

export interface Budgets {
  readonly samplesPerSecondMax: number;
  /** Packets a second that are looked at closely, for the forensic ring and for sources; 0 for none. */
  readonly looksPerSecondMax: number;
}

/** Written before the program is attached. */
export function writeSettings(
  { config, state }: MappedMaps,
  { rows, cpus, forensicRecords }: Dimensions,
  { samplesPerSecondMax, looksPerSecondMax }: Budgets,
): void {
  const words = config.u32;
  words[fields.layout_version >> 2] = layoutVersion;
  words[fields.rows >> 2] = rows;
  words[fields.cpus >> 2] = cpus;
  words[fields.first_target >> 2] = firstTarget;
  words[fields.samples_per_slice >> 2] = budgetPerSlice(samplesPerSecondMax);
  words[fields.looks_per_slice >> 2] = budgetPerSlice(looksPerSecondMax);
  words[fields.forensic_records >> 2] = forensicRecords > 1 ? forensicRecords : 0;
  // The slots below stand for prefixes.
  Atomics.compareExchange(state.u32, structs.tg_state.fields.next_slot >> 2, 0, firstTarget);
}

export type Switch = keyof typeof configFlag;

export function setSwitch({ config }: MappedMaps, name: Switch, isOn: boolean): void {
  const at = fields.flags >> 2;
  if (isOn) Atomics.or(config.u32, at, configFlag[name]);
  else Atomics.and(config.u32, at, ~configFlag[name]);
}

/** What the CPUs remember of where addresses are counted is no longer to be believed. */
export const forgetCachedTargets = ({ config }: MappedMaps): void =>
  void Atomics.add(config.u32, fields.target_generation >> 2, 1);

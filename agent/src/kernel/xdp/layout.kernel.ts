import { describe, expect, test } from 'vitest';
import { readBtf } from '../../testkit/btf.ts';
import { probeBuckets, trafficStructs } from '../../testkit/traffic/layout.ts';
import { loadObject, objectPath } from '../bpf-object.ts';
import { mapInfo } from '../bpf-map.ts';
import {
  ceilingClasses,
  configFlag,
  malformedKinds,
  payloadBytesMax,
  prefixesMax,
  profilesMax,
  rowCounter,
  rowCounters,
  ruleFlag,
  rulesMax,
  sampleBytesMax,
  sampleFlag,
  seenWords,
  structs,
  touchedWords,
  verdictCode,
} from './layout.ts';

const upperSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

describe('the kernel program and TypeScript agree, by the BTF of the built object', () => {
  const btf = readBtf(objectPath('tidegate'));

  test.each(Object.entries(structs))('%s', (name, layout) => {
    expect(btf.structs.get(name)).toMatchObject({ size: layout.size });
    expect(btf.structs.get(name)?.fields).toEqual(layout.fields);
  });

  const named = (prefix: string, values: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`TG_${prefix}${upperSnake(name)}`, value]),
    );
  const numbered = (names: readonly string[]): Record<string, number> =>
    Object.fromEntries(names.map((name, index) => [name, index]));

  test('counters of a row', () => {
    const { TG_COUNTERS_MAX: max, ...counters } = btf.enums.get('tg_counter') ?? {};
    expect(counters).toEqual(named('', rowCounter));
    expect(max).toBe(rowCounters);
    expect(btf.structs.get('tg_row')?.lengths['counts']).toBe(rowCounters);
  });

  test('classes of ceilings and kinds of malformed frames', () => {
    const classes = named('CLASS_', numbered(ceilingClasses));
    expect(btf.enums.get('tg_class')).toEqual({ ...classes, TG_CLASSES: ceilingClasses.length });
    const kinds = named('MALFORMED_', numbered(malformedKinds));
    expect(btf.enums.get('tg_malformed')).toEqual({ ...kinds, TG_MALFORMED_KINDS: malformedKinds.length });
    expect(btf.structs.get('tg_cpu')?.lengths['malformed']).toBe(malformedKinds.length);
  });

  test('switches, rule conditions, verdicts and marks of samples', () => {
    const { observe, ...switches } = configFlag;
    expect(btf.enums.get('tg_config_flag')).toEqual({ TG_OBSERVE: observe, ...named('', switches) });
    expect(btf.enums.get('tg_rule_flag')).toEqual(named('RULE_', ruleFlag));
    expect(btf.enums.get('tg_verdict')).toEqual(named('VERDICT_', verdictCode));
    expect(btf.enums.get('tg_sample_flag')).toEqual(named('SAMPLE_', sampleFlag));
  });

  test('sizes of tables', () => {
    expect(btf.structs.get('tg_sample')?.lengths['data']).toBe(sampleBytesMax);
    expect(btf.structs.get('tg_forensic_record')?.lengths['data']).toBe(sampleBytesMax);
    expect(structs.tg_rule.fields.payload_mask - structs.tg_rule.fields.payload).toBe(payloadBytesMax);
    const object = loadObject('tidegate');
    const entries = (name: string): number => mapInfo(object.mapFd(name)).maxEntries;
    expect(entries('rules')).toBe(2 * rulesMax);
    expect(entries('profiles')).toBe(profilesMax);
    expect(entries('protect')).toBe(prefixesMax + 1);
    expect(entries('seen_sources')).toBe(2 * seenWords);
    expect(entries('touched_ipv4')).toBe(2 * touchedWords.ipv4);
    expect(entries('touched_ipv6')).toBe(2 * touchedWords.ipv6);
    object.close();
  });
});

describe('the traffic programs and TypeScript agree', () => {
  test.each([
    ['flood', 'tg_flood'],
    ['probe', 'tg_probe'],
    ['probe', 'tg_probe_bucket'],
  ] as const)('%s: %s', (object, name) => {
    const layout = trafficStructs[name];
    const found = readBtf(objectPath(object)).structs.get(name);
    expect(found).toMatchObject({ size: layout.size });
    expect(found?.fields).toEqual(layout.fields);
  });

  test('the ring of the probe', () => {
    const object = loadObject('probe');
    expect(mapInfo(object.mapFd('buckets')).maxEntries).toBe(probeBuckets);
    object.close();
  });
});

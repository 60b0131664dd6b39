import { describe, expect, test } from 'vitest';
import { counterNames } from '../../engine/types.ts';
import { readBtf } from '../../testkit/btf.ts';
import { probeBuckets, trafficStructs } from '../../testkit/traffic/layout.ts';
import { loadObject, objectPath } from '../bpf-object.ts';
import { mapInfo } from '../bpf-map.ts';
import { rowCounters, ruleFlag, rulesMax, sampleBytesMax, structs, verdictCode } from './layout.ts';

const upperSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

describe('the kernel program and TypeScript agree, by the BTF of the built object', () => {
  const btf = readBtf(objectPath('tidegate'));

  test.each(Object.entries(structs))('%s', (name, layout) => {
    expect(btf.structs.get(name)).toMatchObject({ size: layout.size });
    expect(btf.structs.get(name)?.fields).toEqual(layout.fields);
  });

  test('counters have the order of counterNames', () => {
    const { TG_COUNTERS_MAX: max, ...counters } = btf.enums.get('tg_counter') ?? {};
    expect(counters).toEqual(
      Object.fromEntries(counterNames.map((name, index) => [`TG_${upperSnake(name)}`, index])),
    );
    expect(max).toBe(rowCounters);
    expect(btf.structs.get('tg_row')?.lengths['counts']).toBe(rowCounters);
  });

  test('rule conditions and verdicts', () => {
    expect(btf.enums.get('tg_rule_flag')).toEqual(
      Object.fromEntries(
        Object.entries(ruleFlag).map(([name, value]) => [`TG_RULE_${upperSnake(name)}`, value]),
      ),
    );
    expect(btf.enums.get('tg_verdict')).toEqual({
      TG_VERDICT_COUNT: verdictCode.count,
      TG_VERDICT_DROP: verdictCode.drop,
    });
  });

  test('sizes of tables', () => {
    expect(btf.structs.get('tg_sample')?.lengths['data']).toBe(sampleBytesMax);
    const object = loadObject('tidegate');
    expect(mapInfo(object.mapFd('rules')).maxEntries).toBe(rulesMax);
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

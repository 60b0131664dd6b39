/** Wishes for routes: shared, replaced, ended. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeKey } from '@tidegate/schemas/bgp';
import type { BgpRoute } from '@tidegate/schemas/bgp';
import { LeaseTable } from './leases.ts';

const hole = (host: number, nextHop = '192.0.2.1'): BgpRoute => ({
  kind: 'blackhole',
  prefix: `203.0.113.${host}/32`,
  nextHop,
  communities: [],
});

describe('a route', () => {
  it('stands for as long as anybody wants it', () => {
    const table = new LeaseTable();
    table.put({ id: 'a', route: hole(1), untilMs: 100 });
    table.put({ id: 'b', route: hole(1), untilMs: 200 });
    expect(table.nextEndMs).toBe(100);
    table.remove(table.ended(100));
    expect([...table.wanted().keys()]).toEqual([routeKey(hole(1))]);
    expect(table.leaving.size).toBe(0);
    table.remove(table.ended(200));
    expect(table.wanted().size).toBe(0);
    expect([...table.leaving.values()]).toEqual([hole(1)]);
    table.gone([routeKey(hole(1))]);
    expect(table.leaving.size).toBe(0);
  });

  it('is what the last one asked for, and what the one before asked for after that', () => {
    const table = new LeaseTable();
    table.put({ id: 'a', route: hole(1, '192.0.2.1'), untilMs: 300 });
    table.put({ id: 'b', route: hole(1, '192.0.2.2'), untilMs: 200 });
    expect([...table.wanted().values()]).toEqual([hole(1, '192.0.2.2')]);
    table.remove(['b']);
    expect([...table.wanted().values()]).toEqual([hole(1, '192.0.2.1')]);
  });

  it('that is wanted again in time does not leave', () => {
    const table = new LeaseTable();
    table.put({ id: 'a', route: hole(1), untilMs: 100 });
    table.remove(['a']);
    table.put({ id: 'b', route: hole(1), untilMs: 100 });
    expect(table.leaving.size).toBe(0);
  });

  it('leaves where its wish became one for another', () => {
    const table = new LeaseTable();
    table.put({ id: 'a', route: hole(1), untilMs: 100 });
    table.put({ id: 'a', route: hole(2), untilMs: 100 });
    expect([...table.leaving.values()]).toEqual([hole(1)]);
    expect([...table.wanted().values()]).toEqual([hole(2)]);
  });
});

it('whatever happens, a route is wanted, leaving or gone, and never two of these', () => {
  const step = fc.oneof(
    fc.record({
      type: fc.constant('put' as const),
      id: fc.constantFrom('a', 'b', 'c'),
      host: fc.integer({ min: 1, max: 3 }),
      untilMs: fc.integer({ min: 0, max: 100 }),
    }),
    fc.record({ type: fc.constant('remove' as const), id: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({ type: fc.constant('end' as const), atMs: fc.integer({ min: 0, max: 100 }) }),
    fc.record({ type: fc.constant('gone' as const), host: fc.integer({ min: 1, max: 3 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const table = new LeaseTable();
      const model = new Map<string, { host: number; untilMs: number }>();
      for (const one of steps) {
        if (one.type === 'put') {
          table.put({ id: one.id, route: hole(one.host), untilMs: one.untilMs });
          model.set(one.id, one);
        } else if (one.type === 'remove') {
          table.remove([one.id]);
          model.delete(one.id);
        } else if (one.type === 'end') {
          table.remove(table.ended(one.atMs));
          for (const [id, { untilMs }] of model) if (untilMs <= one.atMs) model.delete(id);
        } else table.gone([routeKey(hole(one.host))]);
        const wanted = [...model.values()].map(({ host }) => routeKey(hole(host)));
        expect(new Set(table.wanted().keys())).toEqual(new Set(wanted));
        expect([...table.leaving.keys()].filter((key) => wanted.includes(key))).toEqual([]);
        const again = new LeaseTable(table.leases, [...table.leaving.values()]);
        expect(again.leases).toEqual(table.leases);
        expect([...again.leaving.keys()]).toEqual([...table.leaving.keys()]);
      }
    }),
  );
});

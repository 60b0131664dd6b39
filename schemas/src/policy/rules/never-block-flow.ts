import type { PolicyRule } from './rule.ts';

/** A flow is told by source, protocol and port: the source alone is easily forged, and resolvers are sources of floods. */
export const neverBlockFlow: PolicyRule = {
  id: 'never-block-flow',
  severity: 'error',
  *check({ groups }) {
    for (const document of groups) {
      const names = new Set<string>();
      for (const [index, flow] of (document.spec.neverBlock ?? []).entries()) {
        const path = `/spec/neverBlock/${index}`;
        if (flow.port === undefined && flow.sourcePort === undefined) {
          const message = `"${flow.name}" names no port: whoever forges the source would have a way in. Add port or sourcePort; for a source that nothing drops there is the safelist.`;
          yield { document, path, message };
        }
        if (flow.source.endsWith('/0')) {
          const message = `${flow.source} is every source: anybody's packets to that port would be exempt.`;
          yield { document, path: `${path}/source`, message };
        }
        if (names.has(flow.name)) {
          const message = `Another flow is called "${flow.name}" already; status tells flows apart by name.`;
          yield { document, path: `${path}/name`, message };
        }
        names.add(flow.name);
      }
    }
  },
};

import { nearest } from '../../validate/nearest.ts';
import type { PolicyRule } from './rule.ts';

/** A list that is not there would never match anything. */
export const feedFile: PolicyRule = {
  id: 'feed-file',
  severity: 'error',
  *check({ feeds, files }) {
    if (files === null) return;
    for (const document of feeds) {
      const { path } = document.spec.source;
      // A path that leaves the folder is found by feed-source.
      if (path === undefined || path.split('/').includes('..') || files.has(path)) continue;
      const message = `There is no file ${path} in the policy folder.`;
      yield { document, path: '/spec/source/path', message, suggestion: nearest(path, [...files]) };
    }
  },
};

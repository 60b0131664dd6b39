import type { PolicyRule } from './rule.ts';

/** Bytes and mask are compared byte by byte; an offset or a mask alone compares nothing. */
export const profilePayload: PolicyRule = {
  id: 'profile-payload',
  severity: 'error',
  *check({ profiles }) {
    for (const document of profiles) {
      const { payload } = document.spec.match;
      if (payload === undefined) continue;
      const { regex, bytes, offset, mask } = payload;
      const path = '/spec/match/payload';
      if (regex === undefined && bytes === undefined) {
        const message = 'Say what the payload must be: regex, bytes, or both.';
        yield { document, path, message };
      } else if (bytes === undefined && (offset !== undefined || mask !== undefined)) {
        const key = offset === undefined ? 'mask' : 'offset';
        const message = `${key} belongs to bytes. In a regex write where it begins, as in '^.{4}stats'.`;
        yield { document, path: `${path}/${key}`, message };
      }
      if (bytes !== undefined && mask !== undefined && bytes.length !== mask.length) {
        const message = `The mask has ${mask.length / 2} bytes and bytes has ${bytes.length / 2}; they must be as many.`;
        yield { document, path: `${path}/mask`, message };
      }
      if (mask !== undefined && /^0*$/.test(mask)) {
        const message = 'The mask looks at no bit, so that every payload would match.';
        yield { document, path: `${path}/mask`, message };
      }
    }
  },
};

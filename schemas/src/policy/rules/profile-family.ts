import { editDistance } from '../../validate/nearest.ts';
import { familyOf } from '../compile-profiles.ts';
import { families } from '../families.ts';
import type { PolicyRule } from './rule.ts';

const familyForm = /^[a-z][a-z0-9_]{1,47}$/;

/** The name of a profile becomes the name of a family unless it has one; both have a form. */
export const profileFamily: PolicyRule = {
  id: 'profile-family',
  severity: 'error',
  *check({ profiles }) {
    for (const document of profiles) {
      const family = familyOf(document);
      if (!familyForm.test(family)) {
        const message = `"${document.name}" cannot be the name of a family, which begins with a letter and has at most 48 characters. Name one with family.`;
        yield { document, path: '/metadata/name', message };
      }
    }
  },
};

/** One letter from a family that is known is a slip rather than a name of its own. */
export const profileFamilySpelling: PolicyRule = {
  id: 'profile-family-spelling',
  severity: 'warning',
  *check({ profiles }) {
    for (const document of profiles) {
      const { family } = document.spec;
      if (family === undefined || families.includes(family)) continue;
      const meant = families.find((known) => editDistance(known, family) === 1);
      if (meant === undefined) continue;
      const message = `"${family}" is nearly the family "${meant}". Is it meant?`;
      yield { document, path: '/spec/family', message, suggestion: meant };
    }
  },
};

/** Bounds that the shapes and the rules of the policy share. */

/** Characters of a payload pattern. */
export const patternCharactersMax = 256;

/** Profiles of one node group: each is held against every sample of a target that is attacked. */
export const profilesMax = 64;

// Old syntax on purpose, see ../setup.mjs.

/**
 * What to say about a Node version that Tidegate does not run on: 20 from 20.19, 22 from 22.13 and everything from
 * 24 are supported, as `engines` in package.json says. npm refuses to install some of our tools on the others.
 *
 * @param {string} version such as `20.19.4`
 * @returns {string | undefined} undefined when the version is supported
 */
export function nodeVersionComplaint(version) {
  var parts = version.split('.').map(Number);
  var major = parts[0] || 0;
  var minor = parts[1] || 0;
  var supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;
  if (supported) return undefined;
  return (
    'set-up: Tidegate needs Node 20.19 or newer in 20, 22.13 or newer in 22, or 24; this is Node ' +
    version +
    '.'
  );
}

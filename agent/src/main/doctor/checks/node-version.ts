/** Whether this Node is one that Tidegate is tried on, as `engines` in package.json says. */
import { fail, ok, type Check } from '../check.ts';

/** Held equal to `engines` by a test. */
export const supported = '^20.19.0 || ^22.13.0 || >=24.0.0';

export const nodeVersion: Check = {
  id: 'node-version',
  title: 'Node.js',
  run: ({ host }) =>
    isSupported(host.nodeVersion)
      ? ok(host.nodeVersion)
      : fail(`${host.nodeVersion}; supported are ${supported}`, {
          meaning: 'Nobody has tried the agent on it.',
          fix: 'Install Node 22 or 24, and run npm install again: native parts belong to one version.',
        }),
};

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;
}

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { git } from './git.ts';

/** A policy that validates, for one group; `packets` is its floor. */
export const goodPolicy = (packets = '20kpps'): string => `apiVersion: tidegate/v1
kind: NodeGroup
metadata: { name: web }
spec:
  selector: { role: web }
  mode: enforce
  interfaces: [eth0]
  protect: [203.0.113.0/24, "2001:db8:10::/48"]
---
apiVersion: tidegate/v1
kind: Threshold
metadata: { name: default }
spec:
  groups: [web]
  floor: { packets: ${packets} }
---
apiVersion: tidegate/v1
kind: Playbook
metadata: { name: floods }
spec:
  trigger: { families: [syn_flood, udp_flood, "*_amplification"] }
  steps:
    - drop: { ttl: 10m }
`;

/** A policy repository with a work tree, as a person keeps it. */
export class PolicyRepo {
  readonly path: string;
  readonly #gitDir: string;

  constructor(path: string) {
    this.path = path;
    this.#gitDir = join(path, '.git');
    mkdirSync(path, { recursive: true });
    this.#git(['init', '--quiet', '--initial-branch=main', path]);
  }

  /** Commits these files in place of all others and returns the commit. */
  commit(files: Readonly<Record<string, string>>, message = 'policy'): string {
    this.#git(['rm', '-r', '--quiet', '--force', '--ignore-unmatch', '.']);
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    this.#git(['add', '--all']);
    this.#git(['commit', '--quiet', '--allow-empty', '--message', message]);
    return this.#git(['rev-parse', 'HEAD']);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #git(args: readonly string[]): string {
    return git(this.#gitDir, args, { environment: { GIT_WORK_TREE: this.path } });
  }
}

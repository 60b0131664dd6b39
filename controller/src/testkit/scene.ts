import { join } from 'node:path';
import { check, type ControllerConfig, type ControllerStatus } from '@tidegate/schemas';
import { afterEach, beforeEach } from 'vitest';
import type { ControllerOptions, RunningController } from '../controller.ts';
import { startController } from '../index.ts';
import { TestAgent } from './agent.ts';
import { testFolder, type TestFolder } from './folder.ts';
import { PolicyRepo } from './policy-repo.ts';

/** A controller over repositories of its own, for each test anew. */
export interface Scene {
  readonly folder: TestFolder;
  readonly policy: PolicyRepo;
  /** Git folder of the audit repository. */
  readonly auditDir: string;
  readonly url: string;
  start(changes?: Partial<ControllerConfig>, options?: ControllerOptions): Promise<RunningController>;
  stop(): Promise<void>;
  /** What `/v1/status` says, with its shape checked. */
  status(): Promise<ControllerStatus>;
  /** An enrolled agent. */
  agent(name?: string): Promise<TestAgent>;
}

class TestScene implements Scene {
  readonly folder = testFolder();
  readonly policy = new PolicyRepo(join(this.folder.path, 'policy'));
  readonly auditDir = join(this.folder.path, 'audit.git');
  #controller: RunningController | null = null;

  get url(): string {
    if (this.#controller === null) throw new Error('no controller runs');
    return this.#controller.url;
  }

  async start(
    changes: Partial<ControllerConfig> = {},
    options: ControllerOptions = {},
  ): Promise<RunningController> {
    this.#controller = await startController(this.folder.config(changes), options);
    return this.#controller;
  }

  async stop(): Promise<void> {
    await this.#controller?.close();
    this.#controller = null;
  }

  async status(): Promise<ControllerStatus> {
    const checked = check('controller-status', await (await fetch(new URL('/v1/status', this.url))).json());
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    return checked.value;
  }

  async agent(name = 'web-1'): Promise<TestAgent> {
    const agent = new TestAgent(name);
    const { status, body } = await agent.enrol(this.url);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return agent;
  }
}

/** Gives every test of a file its own scene and cleans up behind it. */
export function useScene(): Scene {
  let scene: TestScene | null = null;
  beforeEach(() => {
    scene = new TestScene();
  });
  afterEach(async () => {
    await scene?.stop();
    scene?.folder.remove();
  });
  const current = (): TestScene => {
    if (scene === null) throw new Error('only inside a test');
    return scene;
  };
  return {
    get folder() {
      return current().folder;
    },
    get policy() {
      return current().policy;
    },
    get auditDir() {
      return current().auditDir;
    },
    get url() {
      return current().url;
    },
    start: (changes, options) => current().start(changes, options),
    stop: () => current().stop(),
    status: () => current().status(),
    agent: (name) => current().agent(name),
  };
}

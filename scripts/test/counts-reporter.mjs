// A vitest reporter that writes one line of JSON per test file: its project and how its tests ended.
import { appendFileSync } from 'node:fs';

export default class CountsReporter {
  /** @param {import('vitest/node').TestModule} module */
  onTestModuleEnd(module) {
    const counts = { project: module.project.name, passed: 0, failed: 0, skipped: 0 };
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // A test that is pending after its file has ended was cut off.
      counts[state === 'pending' ? 'failed' : state] += 1;
    }
    // A file that could not be loaded, or whose hooks failed, has errors and perhaps no test at all.
    if (module.state() === 'failed' && counts.failed === 0) counts.failed = 1;
    appendFileSync(process.env['TIDEGATE_TEST_COUNTS'] ?? '/dev/null', `${JSON.stringify(counts)}\n`);
  }
}

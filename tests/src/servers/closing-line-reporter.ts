/** Prints `N passed, N failed` as the very last line of a test run. */
import { writeSync } from "node:fs";
import type { Reporter, SerializedError, TestModule, TestRunEndReason } from "vitest/node";

/** File descriptor of stdout, written to directly because nothing flushes a stream when the process exits. */
const STDOUT = 1;

/**
 * Counts tests. A file or suite that fails outside its tests, an unhandled error, and a run that does not come to its
 * end each count as failed, so that "0 failed" always means that the run is green.
 */
export default class ClosingLineReporter implements Reporter {
  #passed = 0;
  #failed = 1;

  onInit(): void {
    // The default reporter prints its summary and vitest may add warnings after onTestRunEnd, hence the last moment.
    process.once("exit", () => {
      writeSync(STDOUT, `${this.#passed} passed, ${this.#failed} failed\n`);
    });
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    this.#passed = 0;
    this.#failed = unhandledErrors.length;
    for (const module of modules) this.#count(module);
    if (this.#failed === 0 && reason !== "passed") this.#failed = 1;
  }

  #count(module: TestModule): void {
    this.#failed += module.errors().length;
    for (const suite of module.children.allSuites()) this.#failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") this.#passed++;
      else if (state !== "skipped") this.#failed++;
    }
  }
}

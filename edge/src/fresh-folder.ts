/** A folder for one test, removed when the test has finished. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Makes the folder and answers its path. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "edge-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A path for an outbox in a folder of its own. */
export function freshPath(): string {
  return join(freshFolder(), "outbox.sqlite");
}

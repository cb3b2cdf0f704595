/** Folders that vanish with the test that made them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const kept = new Set<string>();
let sweptAtExit = false;

/** A new empty folder under the system's temporary folder. `remove` it; an exit of the process removes what is left. */
export function makeTempDir(purpose: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `jumpa-madu-${purpose}-`));
  kept.add(path);
  if (!sweptAtExit) {
    sweptAtExit = true;
    process.on("exit", () => {
      for (const each of kept) remove(each);
    });
  }
  return { path, remove: () => remove(path) };
}

function remove(path: string): void {
  kept.delete(path);
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Finds the programs of servers, and says which Debian package brings one that is missing. */
import { accessSync, constants } from "node:fs";

/** First of `paths` that may be executed, else null. */
export function firstExecutable(paths: string[]): string | null {
  for (const path of paths) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Looked for at the next place.
    }
  }
  return null;
}

/** First of `paths` that may be executed. Throws with the package to install when there is none. */
export function requireExecutable(paths: string[], debianPackage: string): string {
  const found = firstExecutable(paths);
  if (found !== null) return found;
  throw new Error(`not found: ${paths.join(", ")}. On Debian: apt-get install ${debianPackage}`);
}

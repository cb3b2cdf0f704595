/** Builds the pages when their sources are newer than what was built. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const SOURCES = ["web/src", "web/index.html", "web/vite.config.ts", "web/package.json", "contracts/src"];
const BUILT = join(ROOT, "web/dist/index.html");

/** Runs Vite unless the pages are up to date. What it prints goes to stderr. */
export function buildPages(): void {
  if (existsSync(BUILT) && newestMs(SOURCES.map((path) => join(ROOT, path))) <= statSync(BUILT).mtimeMs)
    return;
  execFileSync("npm", ["run", "-s", "build", "-w", "web"], {
    cwd: ROOT,
    stdio: ["ignore", process.stderr, process.stderr],
  });
}

function newestMs(paths: string[]): number {
  let newest = 0;
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const entry = statSync(path);
    newest = Math.max(
      newest,
      entry.isDirectory() ? newestMs(readdirSync(path).map((name) => join(path, name))) : entry.mtimeMs,
    );
  }
  return newest;
}

/**
 * `npm test`: sees to the system packages, builds the pages, runs every test. Arguments go to vitest.
 *
 * The last line on stdout is `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { buildInfluxdb18, installPackages, missingPackages } from "./system-packages.ts";
import { buildPages } from "./web-build.ts";

const say = (text: string) => process.stderr.write(`${text}\n`);

const missing = missingPackages();
if (missing.length > 0) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || spawnSync("apt-get", ["--version"]).status !== 0) {
    say(`The tests need these Debian packages: ${missing.join(" ")}`);
    say(`Install them (as root: apt-get install ${missing.join(" ")}) and run npm test again.`);
    process.exit(1);
  }
  say(`Installing ${missing.join(" ")} ...`);
  installPackages(missing);
}
say(buildInfluxdb18());
buildPages();

const { status, signal } = spawnSync("vitest", ["run", ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(signal === null ? (status ?? 1) : 1);

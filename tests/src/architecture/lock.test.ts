/** The lock file names every optional package of every platform: npm leaves out those that its registry lacks, and then refuses its own lock. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

interface Entry {
  version?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const { packages }: { packages: Record<string, Entry> } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../..", "package-lock.json"), "utf8"),
);

test("every optional dependency is in the lock file", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
});

test("no address of a registry is in the lock file", () => {
  const resolved = Object.values(packages).flatMap((entry) =>
    "resolved" in entry ? [String(entry.resolved)] : [],
  );
  expect(resolved.filter((address) => address.includes("://"))).toEqual([]);
});

test("there is one serialport, the edge's own, whatever johnny-five and firmata ask for", () => {
  const serialports = Object.entries(packages).filter(([path]) => path.endsWith("node_modules/serialport"));
  expect(serialports.map(([path, { version }]) => `${path} ${version}`)).toEqual([
    `node_modules/serialport ${packages.edge?.dependencies?.serialport}`,
  ]);
});

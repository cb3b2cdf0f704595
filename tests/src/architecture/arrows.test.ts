/** The rooms and who may import whom: docs/ARCHITECTURE.md. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");

/** What each room may import of the house. Its tests keep to the same, but for the real servers that they start. */
const ARROWS: Record<string, string[]> = {
  contracts: [],
  sensing: ["contracts"],
  routing: ["contracts"],
  "firmware-sim": ["contracts"],
  edge: ["contracts", "sensing"],
  store: ["contracts"],
  web: ["contracts"],
  broker: ["contracts", "store"],
  ingest: ["contracts", "sensing", "store"],
  treasury: ["contracts", "store"],
  "provider-sim": ["contracts"],
  api: ["contracts", "store", "routing"],
  tests: [
    "contracts",
    "sensing",
    "store",
    "routing",
    "firmware-sim",
    "provider-sim",
    "edge",
    "broker",
    "ingest",
    "treasury",
    "api",
  ],
  scripts: [],
};

/** Any way to name another module: import, export … from, import(), require(), vi.mock(). */
const SPECIFIERS = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*|\bmock\s*\(\s*)["']([^"']+)["']/g;

/** Real servers for tests; test code of every room may start one. */
const SERVERS = join("tests", "src", "servers");
const TEST_CODE = /\.(?:test|suite)\.tsx?$|-fixture\.ts$|\/testing\//;

/** Modules of the house that a source names, as room names; a relative path out of its room counts as its target's. */
function roomsNamedBy(room: string, file: string): string[] {
  const rooms: string[] = [];
  for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(SPECIFIERS)) {
    if (specifier.startsWith("@jumpa-madu/")) rooms.push(specifier.split("/")[1] ?? "");
    if (!specifier.startsWith(".")) continue;
    const path = relative(ROOT, resolve(file, "..", specifier));
    if (path.startsWith(SERVERS) && TEST_CODE.test(file)) continue;
    const target = path.split("/")[0] ?? "";
    if (target !== room) rooms.push(target);
  }
  return rooms;
}

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules" || entry.name === "dist") return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesOf(path);
    return /\.(ts|tsx|mts|js|mjs)$/.test(entry.name) ? [path] : [];
  });
}

describe("arrows between rooms", () => {
  it("name every folder of the house that holds code", () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
      .map(({ name }) => name)
      .filter((name) => sourcesOf(join(ROOT, name)).length > 0);
    expect(folders.sort()).toEqual(Object.keys(ARROWS).sort());
  });

  it.each(Object.entries(ARROWS))("%s imports only %j", (room, allowed) => {
    const sources = sourcesOf(join(ROOT, room));
    expect(sources.length).toBeGreaterThan(0);
    const breaches = sources.flatMap((file) =>
      roomsNamedBy(room, file)
        .filter((target) => target !== room && !allowed.includes(target))
        .map((target) => `${relative(ROOT, file)} -> ${target}`),
    );
    expect(breaches).toEqual([]);
  });

  it("are also what each package.json declares", () => {
    const declared = Object.keys(ARROWS)
      .filter((room) => room !== "scripts")
      .map((room) => {
        const manifest: { dependencies?: object; devDependencies?: object } = JSON.parse(
          readFileSync(join(ROOT, room, "package.json"), "utf8"),
        );
        const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
        const rooms = names.filter((name) => name.startsWith("@jumpa-madu/")).map((name) => name.slice(12));
        return { room, beyond: rooms.filter((name) => ARROWS[room]?.includes(name) !== true) };
      });
    expect(declared.filter(({ beyond }) => beyond.length > 0)).toEqual([]);
  });

  it("would be found: the search sees every way of importing", () => {
    const ways = [
      'import { a } from "@jumpa-madu/edge/x";',
      'import "@jumpa-madu/edge/x";',
      'export { a } from "@jumpa-madu/edge/x";',
      'await import("@jumpa-madu/edge/x");',
      'require("@jumpa-madu/edge/x");',
    ];
    for (const way of ways)
      expect([...way.matchAll(SPECIFIERS)].map(([, name]) => name)).toEqual(["@jumpa-madu/edge/x"]);
  });
});

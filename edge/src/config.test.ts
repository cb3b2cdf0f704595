import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ENVIRONMENT, loadConfig } from "./config.ts";
import { EdgeError } from "./edge-error.ts";

const SECRET = "a-secret-of-some-length";
const ENOUGH = {
  EDGE_NODE: "node-1",
  EDGE_BROKER_URL: "mqtt://127.0.0.1:1883",
  EDGE_API_URL: "http://127.0.0.1:3000",
  EDGE_SECRET: SECRET,
};

/** Files that exist only for a test. */
const files =
  (contents: Record<string, string> = {}) =>
  (path: string): string => {
    const text = contents[path];
    if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
    return text;
  };

function faultsOf(environment: Record<string, string>, contents?: Record<string, string>): string[] {
  try {
    loadConfig(environment, files(contents));
    return [];
  } catch (error) {
    if (!(error instanceof EdgeError) || error.code !== "config_invalid") throw error;
    return error.message.split("\n");
  }
}

describe("loadConfig", () => {
  test("fills in the defaults", () => {
    expect(loadConfig(ENOUGH, files())).toMatchObject({
      node: "node-1",
      shard: "s1",
      http: { host: "127.0.0.1", port: 8082, origins: [] },
      limits: { window: 8, readings_rows: 500_000 },
      ports: [],
    });
  });

  test("reads the file and the secret's file; a variable wins", () => {
    const file = {
      node: "from-file",
      shard: "s2",
      http: { port: 9000, origins: ["http://page.example"] },
      ports: [{ path: "/dev/ttyUSB0", protocol: "st-gs", scale: "scale-1" }],
    };
    const { EDGE_SECRET: _secret, ...rest } = ENOUGH;
    const environment = {
      ...rest,
      EDGE_CONFIG: "edge.json",
      EDGE_SECRET_FILE: "secret",
      EDGE_HTTP_PORT: "9001",
      EDGE_SECRET: "",
    };
    const config = loadConfig(
      environment,
      files({ "edge.json": JSON.stringify(file), secret: `${SECRET}\n` }),
    );
    expect(config).toMatchObject({ node: "node-1", shard: "s2", secret: SECRET });
    expect(config.http).toMatchObject({ port: 9001, origins: ["http://page.example"] });
    expect(config.ports).toHaveLength(1);
  });

  test("lists all faults at once and quotes no secret", () => {
    const file = {
      ports: [{ path: "/dev/a", protocol: "morse", scale: "s" }],
      limits: { window: 33 },
      typo: 1,
    };
    const environment = {
      ...ENOUGH,
      EDGE_NODE: "Node 1",
      EDGE_HTTP_PORT: "70000",
      EDGE_SECRET: "short",
      EDGE_CONFIG: "f",
    };
    const faults = faultsOf(environment, { f: JSON.stringify(file) });
    for (const place of ["/node", "/http/port", "/secret", "/ports/0", "/limits/window"]) {
      expect(faults.some((fault) => fault.startsWith(place))).toBe(true);
    }
    expect(faults.join()).not.toContain("short");
  });

  test("says of a port what is wrong with the kind that is meant, and which protocols there are", () => {
    const file = {
      ports: [
        { path: "/dev/a", protocol: "morse", scale: "s" },
        { path: "/dev/b", protocol: "st-gs", scale: "t", unit: "pon" },
      ],
    };
    expect(faultsOf({ ...ENOUGH, EDGE_CONFIG: "f" }, { f: JSON.stringify(file) })).toEqual([
      expect.stringMatching(/^\/ports\/0\/protocol must be one of a scale: st-gs, .*plain$/),
      expect.stringMatching(/^\/ports\/1\/unit .*: g, kg, t, lb, oz$/),
    ]);
  });

  test("names variable and place in the file of each setting that is missing", () => {
    const inFile = (name: string) => `${name} in the file that EDGE_CONFIG names`;
    const missing = [
      `/node is missing: set EDGE_NODE, or ${inFile("node")}`,
      `/broker/url is missing: set EDGE_BROKER_URL, or ${inFile("broker.url")}`,
      `/api/url is missing: set EDGE_API_URL, or ${inFile("api.url")}`,
      `/secret is missing: set EDGE_SECRET or EDGE_SECRET_FILE, or ${inFile("secret")}`,
    ];
    expect(faultsOf({})).toEqual(missing);
    const { EDGE_BROKER_URL: _url, ...rest } = ENOUGH;
    const file = { broker: { ca_file: "ca.pem" } };
    expect(faultsOf({ ...rest, EDGE_CONFIG: "f" }, { f: JSON.stringify(file) })).toEqual([missing[1]]);
    // What is missing within a port has no variable, and is told as it was.
    const port = { ports: [{ protocol: "st-gs", scale: "s" }] };
    expect(faultsOf({ ...ENOUGH, EDGE_CONFIG: "f" }, { f: JSON.stringify(port) }).join()).toContain(
      "/ports/0",
    );
  });

  test("does not guess at what a file that cannot be read or a secret's file would have given", () => {
    expect(faultsOf({ EDGE_CONFIG: "nowhere" })).toEqual([
      "EDGE_CONFIG: ENOENT: no such file, open 'nowhere'",
    ]);
    const { EDGE_SECRET: _secret, ...rest } = ENOUGH;
    expect(faultsOf({ ...rest, EDGE_SECRET_FILE: "nowhere" })).toEqual([
      "EDGE_SECRET_FILE: ENOENT: no such file, open 'nowhere'",
    ]);
  });

  test("names files that cannot be read or are no JSON, without quoting them", () => {
    const faults = faultsOf(
      { EDGE_CONFIG: "edge.json", EDGE_SECRET_FILE: "nowhere" },
      { "edge.json": SECRET },
    );
    expect(faults).toContain("EDGE_CONFIG: not JSON");
    expect(faults.some((fault) => fault.startsWith("EDGE_SECRET_FILE: ENOENT"))).toBe(true);
    expect(faults.join()).not.toContain(SECRET);
  });

  test("refuses two ports on one device", () => {
    const port = { path: "/dev/a", protocol: "st-gs" };
    const file = {
      ports: [
        { ...port, scale: "a" },
        { ...port, scale: "b" },
      ],
    };
    expect(faultsOf({ ...ENOUGH, EDGE_CONFIG: "f" }, { f: JSON.stringify(file) })).toEqual([
      "/ports scale b: path /dev/a is used by a as well; one serial port takes one device",
    ]);
  });

  test("takes a profile beside the ports, and refuses one that does not go with them", () => {
    const file = {
      ports: [{ path: "/dev/a", protocol: "a02yyuw", bin: "bin-1", container: "drum" }],
      profile: { container_types: { drum: { shape: "lying_drum" } }, on_expired_verification: "block" },
    };
    const load = (text: object) =>
      loadConfig({ ...ENOUGH, EDGE_CONFIG: "f" }, files({ f: JSON.stringify(text) }));
    expect(load(file).profile).toEqual(file.profile);
    expect(load({}).profile).toEqual({});
    const { profile: _profile, ...rest } = file;
    expect(faultsOf({ ...ENOUGH, EDGE_CONFIG: "f" }, { f: JSON.stringify(rest) })).toEqual([
      "/ports bin bin-1: container drum is not among container_types",
    ]);
  });

  test("refuses a calibration whose full bin is farther than its empty one", () => {
    const calibration = { empty_mm: 150, full_mm: 900 };
    const file = { ports: [{ path: "/dev/a", protocol: "a02yyuw", bin: "bin-1", calibration }] };
    const faults = faultsOf({ ...ENOUGH, EDGE_CONFIG: "f" }, { f: JSON.stringify(file) });
    expect(faults).toEqual([expect.stringMatching(/^\/ports bin bin-1: calibration: full_mm \(900\)/)]);
  });

  test("refuses an address that is none or holds a password, without repeating it", () => {
    const faults = faultsOf({
      ...ENOUGH,
      EDGE_BROKER_URL: "mqtt://node-1:sesame@127.0.0.1:1883",
      EDGE_API_URL: "http://sesame:99999",
    });
    expect(faults).toEqual([
      "/broker/url must not hold a user or a password; those are /node and /secret",
      "/api/url must be an address with a host",
    ]);
    expect(faults.join()).not.toContain("sesame");
  });
});

test("edge.example.json is a configuration that lacks only the secret", () => {
  const text = readFileSync(new URL("../edge.example.json", import.meta.url), "utf8");
  const config = loadConfig({ EDGE_CONFIG: "f", EDGE_SECRET: SECRET }, files({ f: text }));
  expect(config.ports.map((port) => ("bin" in port ? port.bin : port.scale))).toEqual(["scale-1", "bin-1"]);
  expect(faultsOf({ EDGE_CONFIG: "f" }, { f: text })).toEqual([
    expect.stringMatching(/^\/secret is missing/),
  ]);
});

test(".env.example names every variable, and no other", () => {
  const text = readFileSync(new URL("../.env.example", import.meta.url), "utf8");
  const names = text.split("\n").flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(names.toSorted()).toEqual(Object.keys(ENVIRONMENT).toSorted());
});

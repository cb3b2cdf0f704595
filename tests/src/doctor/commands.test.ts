/** The commands of whoever sets a node up, as processes: `doctor` and `calibrate`. */
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { A02yyuw } from "@jumpa-madu/firmware-sim/a02yyuw";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import { createDevice } from "@jumpa-madu/firmware-sim/device-catalogue";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeTempDir } from "../servers/temp-dir.ts";
import { until } from "../system/until.ts";

const MAIN = resolve(import.meta.dirname, "../../../edge/src/main.ts");

const root = makeTempDir("commands");
const running: SimulatedDevice<never>[] = [];
const children: ChildProcessByStdio<Writable, Readable, Readable>[] = [];
let folder: string;
let count = 0;

beforeEach(() => {
  count += 1;
  folder = join(root.path, String(count));
  mkdirSync(folder);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const device of running.splice(0)) device.stop();
});
afterAll(() => root.remove());

function plugIn(model: Parameters<typeof startDevice>[0]["model"], name: string): string {
  const link = join(folder, name);
  running.push(startDevice({ model, link, seed: 5 }) as SimulatedDevice<never>);
  return link;
}

function run(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, EDGE_CONFIG: "" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  children.push(child);
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const ended = once(child, "exit").then(([code]) => code as number);
  return { said, ended, child };
}

function configFile(ports: object[]): string {
  const file = join(folder, "edge.json");
  writeFileSync(file, JSON.stringify({ node: "bs-1", secret: "keep-this-secret-here", ports }));
  return file;
}

describe("the command doctor", () => {
  it("gives a finding for each port as JSON, and code 1 when one is not recognised", async () => {
    const scale = plugIn(createDevice("xk3190-a12-w", { seed: 3 }), "scale");
    const { said, ended } = run("doctor", scale, join(folder, "none"), "--json");
    expect(await ended).toBe(1);
    const [first, second] = said.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      path: scale,
      verdict: "recognised",
      baud: 9600,
      candidates: [{ protocol: "xk3190-a12-w", example: { reading: { weight_g: expect.any(Number) } } }],
      stanza: { path: scale, protocol: "xk3190-a12-w", scale: "scale-1" },
    });
    expect(second).toMatchObject({ verdict: "closed", trouble: { code: "port_missing" } });
  });

  it("writes the stanza of a port into a configuration and leaves the rest of it alone", async () => {
    const other = { path: "/dev/ttyUSB9", protocol: "st-gs", scale: "scale-9" };
    const file = configFile([other]);
    const sensor = plugIn(createDevice("tfmini", { seed: 3 }), "sensor");
    const { said, ended } = run("doctor", sensor, "--write", file, "--name", "bin-7");
    expect([await ended, said.err]).toEqual([0, expect.stringMatching(/listening/)]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      node: "bs-1",
      secret: "keep-this-secret-here",
      ports: [other, { path: sensor, protocol: "tfmini", bin: "bin-7" }],
    });
  });

  it("keeps mode and owner of the file that it writes, and a link to it", async () => {
    const file = configFile([]);
    chmodSync(file, 0o640);
    chownSync(file, process.getuid?.() ?? 0, process.getgid?.() === 0 ? 7 : (process.getgid?.() ?? 0));
    const before = statSync(file);
    const link = join(folder, "link.json");
    symlinkSync(file, link);
    const scale = plugIn(createDevice("st-gs", { seed: 3 }), "scale");
    expect(await run("doctor", scale, "--write", link).ended).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    const { mode, uid, gid } = statSync(file);
    expect([mode, uid, gid]).toEqual([before.mode, before.uid, before.gid]);
    expect(JSON.parse(readFileSync(file, "utf8")).ports).toHaveLength(1);
  });

  it.each([
    [
      "a folder is in the way",
      (file: string) => mkdirSync(`${file}.new`),
      /not written: .*is in the way/,
      true,
    ],
    // The device takes nothing, as a full disk does.
    [
      "the disk is full",
      (file: string) => symlinkSync("/dev/full", `${file}.new`),
      /not written: .*full/,
      false,
    ],
  ])("says why it does not write when %s, and leaves nothing behind", async (_name, hinder, words, stays) => {
    const file = configFile([]);
    const before = readFileSync(file, "utf8");
    hinder(file);
    const { said, ended } = run("doctor", plugIn(createDevice("st-gs", { seed: 3 }), "s"), "--write", file);
    expect([await ended, said.err]).toEqual([1, expect.stringMatching(words)]);
    expect(said.err).not.toMatch(/ at .*\.ts/);
    expect([readFileSync(file, "utf8"), existsSync(`${file}.new`)]).toEqual([before, stays]);
  });

  it.each([
    ["[]", /is no configuration of the agent/],
    ['{"secret": "hush-hush-hush-hush", }', /is not JSON: mend it by hand/],
    [null, /is not there: name the configuration of the agent/],
  ])("does not write into a file that holds %s", async (text, words) => {
    const file = join(folder, "strange.json");
    if (text !== null) writeFileSync(file, text);
    const { said, ended } = run("doctor", plugIn(createDevice("st-gs", { seed: 3 }), "s"), "--write", file);
    expect([await ended, said.err]).toEqual([1, expect.stringMatching(words)]);
    expect(said.err).not.toContain("hush-hush");
  });

  it("writes a reader of cards into the profile", async () => {
    const file = configFile([]);
    const frame = Buffer.from("\x020A00D1C2B3AA\x03", "latin1");
    let ticks = 0;
    const path = plugIn(
      {
        baud: 9600,
        endlessByte: 0,
        tick: () => (ticks++ % 20 === 0 ? [frame] : []),
        receive: () => [],
        spoil: (bytes) => bytes,
      },
      "reader",
    );
    const { said, ended } = run("doctor", path, "--write", file);
    expect([await ended, said.out]).toEqual([0, expect.stringMatching(/stanza of profile.readers: /)]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      ports: [],
      profile: { readers: [{ path, protocol: "rdm6300" }] },
    });
  });

  it("asks for a known weight when digits can be read forward and backward", async () => {
    let ticks = 0;
    const path = plugIn(
      {
        baud: 9600,
        endlessByte: 0,
        tick: () => (ticks++ % 10 === 0 ? [Buffer.from("=00012300")] : []),
        receive: () => [],
        spoil: (bytes) => bytes,
      },
      "scale",
    );
    const { said, ended } = run("doctor", path);
    expect(await ended).toBe(1);
    expect(said.out).toMatch(/perhaps xk3190-fwd.*xk3190-rev.*Put a known weight on the scale/s);
  });

  it.each(["/tmp", "/etc/passwd", "/dev/null"])("says that %s is no serial port", async (path) => {
    const { said, ended } = run("doctor", path);
    expect([await ended, said.out]).toEqual([1, expect.stringContaining(`${path} is no serial port`)]);
  });

  it.each([["--help"], ["doctor", "--help"], ["calibrate", "--help"]])(
    "tells what it takes: %s %s",
    async (...args) => {
      const { said, ended } = run(...args);
      expect([await ended, said.err, said.out]).toEqual([0, "", expect.stringMatching(/npm run -s edge/)]);
    },
  );

  it("does not write a name that another port has", async () => {
    const file = configFile([{ path: "/dev/ttyUSB9", protocol: "st-gs", scale: "scale-1" }]);
    const before = readFileSync(file, "utf8");
    const { said, ended } = run("doctor", plugIn(createDevice("st-gs", { seed: 3 }), "s"), "--write", file);
    expect(await ended).toBe(1);
    expect(said.err).toMatch(/not written: scale scale-1 is used by two ports/);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("shows what the devices say until it is interrupted", async () => {
    const { said, ended, child } = run(
      "doctor",
      plugIn(createDevice("st-gs", { seed: 3 }), "scale"),
      "--watch",
    );
    await until("a weight in the table", () => /st-gs +\d+ +0 +[\d.]+ kg gross, stable/.test(said.out));
    child.kill("SIGINT");
    expect(await ended).toBe(0);
  });

  it.each([
    [["doctor", "--loud"], /Unknown option '--loud'/],
    [["doctor", "--listen", "soon"], /--listen must be/],
    [["doctor", "--write", "x"], /--write needs exactly one PATH/],
    [["doctor", ""], /a PATH is empty/],
    [
      ["doctor", "/dev/x", "--name", "Bad Name!"],
      /--name may be 1 to 64 lower-case letters, digits and hyphens/,
    ],
    [["doctor", "/dev/x", "--json", "--watch"], /--json and --watch do not go together/],
    [["calibrate"], /name the bin/],
    [["calibrate", "bin-1"], /name the configuration/],
    [["calibrate", "bin-1", "half", "--config", "x"], /not "half"/],
    [["doktor"], /unknown command "doktor"; there are doctor and calibrate/],
  ])("says how it is called when it is called as %j", async (args, words) => {
    const { said, ended } = run(...args);
    expect([await ended, said.out]).toEqual([2, ""]);
    expect(said.err).toMatch(words);
  });
});

describe("the command calibrate", () => {
  function binAt(fill: number) {
    const bin = new Bin({ seed: 1, emptyMm: 1100, fullMm: 200, fill, fillPerDay: 0, emptyEveryDays: 0 });
    const path = plugIn(new A02yyuw({ seed: 2, bin, output: "raw" }), "sensor");
    const port = { path, protocol: "a02yyuw", bin: "bin-1", report_every_s: 60 };
    return { bin, port };
  }

  it("measures the empty and the full bin and writes both", async () => {
    const { bin, port } = binAt(0);
    const file = configFile([port]);
    const { said, ended, child } = run("calibrate", "bin-1", "--config", file);
    await until("the first question", () => said.err.includes("Empty the bin"));
    child.stdin.write("\n");
    await until("the second question", () => said.err.includes("counts as full"));
    bin.setFill(1);
    child.stdin.write("\n");
    expect([await ended, said.err]).toEqual([0, expect.stringMatching(/its configuration wins/)]);
    const [written] = JSON.parse(readFileSync(file, "utf8")).ports;
    expect(written).toMatchObject({ path: port.path, report_every_s: 60 });
    expect(Math.abs(written.calibration.empty_mm - 1100)).toBeLessThan(10);
    expect(Math.abs(written.calibration.full_mm - 200)).toBeLessThan(10);
  });

  it("does not write a full bin above an empty one", async () => {
    const { port } = binAt(0.5);
    const file = configFile([{ ...port, calibration: { empty_mm: 600, full_mm: 200 } }]);
    const before = readFileSync(file, "utf8");
    const { said, ended } = run("calibrate", "bin-1", "full", "--config", file);
    expect(await ended).toBe(1);
    expect(said.err).toMatch(
      /not written: calibration: full_mm \(6\d\d\) must be less than empty_mm \(600\)/,
    );
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("says that a bin is not in the configuration, and which ones are", async () => {
    const { ended, said } = run("calibrate", "bin-2", "--config", configFile([binAt(0).port]));
    expect(await ended).toBe(1);
    expect(said.err).toMatch(/has no bin bin-2; it has bin-1/);
  });

  it.each([
    [["calibrate", "bin-1", "--config"], /nobody can press Enter here/, 1],
    [["calibrate", "bin-2", "--config"], /has no bin bin-2/, 1],
    [["calibrate", "bin-1", "half", "--config"], /not "half"/, 2],
  ])("ends in order without a terminal: %j", async (args, words, code) => {
    const file = configFile([binAt(0).port]);
    const none = openSync("/dev/null", "r");
    const child = spawnSync(process.execPath, [MAIN, ...args, file], { stdio: [none, "pipe", "pipe"] });
    closeSync(none);
    expect([child.status, child.stderr.toString()]).toEqual([code, expect.stringMatching(words)]);
    expect(child.stderr.toString()).not.toMatch(/TypeError|unsettled/);
  });

  it("measures no step alone of a bin without a calibration", async () => {
    const { said, ended } = run("calibrate", "bin-1", "empty", "--config", configFile([binAt(0).port]));
    expect([await ended, said.err]).toEqual([1, expect.stringMatching(/^bin-1 has no calibration yet/)]);
  });

  it("says why nothing was measured", async () => {
    const { port } = binAt(0);
    const calibration = { empty_mm: 1100, full_mm: 200 };
    const file = configFile([{ ...port, path: join(folder, "none"), calibration }]);
    const { ended, said } = run("calibrate", "bin-1", "empty", "--config", file);
    await until("the end", () => said.err.includes("plug the device in"), { deadlineMs: 45_000 });
    expect(await ended).toBe(1);
  }, 60_000);
});

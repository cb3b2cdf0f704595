/**
 * Devices that are set wrongly, wired wrongly or broken: a person is told what is wrong and what to do, at the terminal and in
 * the API, and no weight and no level is ever taken that is not so.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startChannel } from "@jumpa-madu/edge/channel";
import type { DeviceModel } from "@jumpa-madu/firmware-sim/device-model";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import pino from "pino";
import { afterAll, describe, expect, it } from "vitest";
import type { EdgeAgent } from "../system/edge-agent.ts";
import { ROOT } from "../system/service.ts";
import type { System } from "../system/system.ts";
import { addBin, addScale, createTown } from "../system/town.ts";
import { until } from "../system/until.ts";
import { useSystem } from "../system/use-system.ts";
import { DEVICE_CASES, type DeviceCase } from "./device-cases.ts";
import { expectProblem, expectReadable } from "./expectations.ts";
import { WeighingWatch } from "./weighing-watch.ts";

const WASTE_BANK = "bank-rusak";
const NODE = "loket-rusak";

/** The one whose port a channel of this very process holds. */
const HELD = "timbangan-terpakai";

const scalesOf = (cases: DeviceCase[]) => cases.filter(({ port }) => "scale" in port("/dev/x"));
const SCALE_CASES = scalesOf(DEVICE_CASES);

interface Stage {
  terminal: EdgeAgent;
  watch: WeighingWatch;
}

let watch: WeighingWatch | undefined;
const holding = new AbortController();
const devices: SimulatedDevice<DeviceModel>[] = [];

/** One terminal with all the devices. */
async function setStage(system: System): Promise<Stage> {
  const { admin, portsFolder } = system;
  await createTown(admin, { wasteBanks: [WASTE_BANK], membersEach: 1 });
  const terminal = await system.addNode({ id: NODE, wasteBank: WASTE_BANK, ports: [] });
  watch = new WeighingWatch(terminal.terminal);
  for (const [index, { device, model, port }] of DEVICE_CASES.entries()) {
    const path = `${portsFolder}/${device}`;
    const settings = port(path);
    if ("scale" in settings) await addScale(admin, device, WASTE_BANK);
    else await addBin(admin, device);
    if (model !== undefined) devices.push(startDevice({ model: model(), link: path, seed: index + 1 }));
    if (device === HELD) await hold(path);
    await admin.make(`/v1/nodes/${NODE}/devices`, { port: settings });
  }
  await addBin(admin, "bak-terbalik");
  await addScale(admin, "timbangan-kedua", WASTE_BANK);
  watch.start(SCALE_CASES.map(({ device }) => device));
  return { terminal, watch };
}

/** Reads a port in this process, so that nobody else can. */
async function hold(path: string): Promise<void> {
  const port = { path, protocol: "st-gs", scale: "scale-1" } as const;
  const options = { log: pino({ level: "silent" }), signal: holding.signal, sink: () => undefined };
  const { device } = startChannel(port, options);
  await until("the held port", () => device.isOpen);
}

describe("devices", { timeout: 60_000 }, () => {
  const running = useSystem(() => ({ relational: "sqlite", telemetry: "sqlite" }), setStage);
  afterAll(async () => {
    await watch?.stop();
    holding.abort();
    for (const device of devices) device.stop();
  });

  it.each(DEVICE_CASES)(
    "$name: who stands before it is told, and so is who looks from afar",
    async ({ device, notice }) => {
      const { system, prepared } = running();
      const ofDevice = (notices: { device: string; code: string; text: string }[]) =>
        notices.filter((one) => one.device === device);
      const atTerminal = async () => ofDevice((await prepared.terminal.terminal.read("/status")).notices);
      const inApi = async () => ofDevice((await system.admin.read(`/v1/nodes/${NODE}`)).notices);
      if (notice === null) {
        await until("a look at the scale", () => prepared.watch.hasSeen(device));
        expect([await atTerminal(), await inApi()]).toEqual([[], []]);
        return;
      }
      for (const [where, look] of [
        ["terminal", atTerminal],
        ["API", inApi],
      ] as const) {
        const [found] = await until(`${notice.code} at the ${where}`, async () => {
          const notices = await look();
          return notices.some(({ code }) => code === notice.code) ? notices : Promise.reject(notices);
        });
        expectReadable(found?.text ?? "", notice.words);
      }
    },
  );

  it.each(SCALE_CASES)(
    "$name: no wrong weight is weighed, and none is telemetry",
    async ({ device, refusal, netG = [], shownG = [] }) => {
      const { system, prepared } = running();
      const { watch } = prepared;
      if (netG.length > 0) await until("a weighing", () => watch.netG(device).length > 0);
      if (refusal !== undefined)
        await until(`the refusal ${refusal}`, () => watch.refusals(device).includes(refusal));
      expect(watch.netG(device)).toEqual(netG);
      const { items } = await until("telemetry", async () => {
        const answer = await system.admin.read(
          `/v1/telemetry?measurement=scale_weight&scale=${device}&field=weight_g`,
        );
        return answer.items.length > 0 || shownG.length === 0 ? answer : null;
      });
      expect([...new Set(items.map(({ value }: { value: number }) => value))]).toEqual(shownG);
    },
  );

  it("a bin whose sensor's sums are off by one has no level", async () => {
    const { system } = running();
    expect((await system.admin.read("/v1/bins/bak-cek")).level).toBeNull();
  });

  it("the API binds no second device to a port, and says which one is in the way", async () => {
    const { system } = running();
    const path = `${system.portsFolder}/timbangan-koma`;
    const answer = await system.admin.post(`/v1/nodes/${NODE}/devices`, {
      port: { path, protocol: "st-gs", scale: "timbangan-kedua" },
    });
    expectProblem(answer, {
      status: 409,
      code: "conflict",
      words: /is used by timbangan-koma as well; one serial port takes one device; retire the device/,
    });
  });

  it.each([
    {
      calibration: { empty_mm: 300, full_mm: 900 },
      words: /full_mm \(900\) must be less than empty_mm \(300\), because the sensor looks down on the waste/,
    },
    {
      calibration: { empty_mm: 720, full_mm: 690 },
      words: /empty_mm \(720\) and full_mm \(690\) must differ by at least 50 mm/,
    },
  ])("the API binds no sensor with the distances of no bin: $calibration", async ({ calibration, words }) => {
    const { system } = running();
    const port = { path: "/dev/ttyUSB7", protocol: "a02yyuw", bin: "bak-terbalik", calibration };
    const answer = await system.admin.post(`/v1/nodes/${NODE}/devices`, { port });
    expectProblem(answer, { status: 422, code: "refused", words });
  });

  it("an agent with such a calibration in its file does not start, and says why", async () => {
    const { system } = running();
    const file = join(system.folder, "terbalik.json");
    const port = { path: "/dev/ttyUSB7", protocol: "a02yyuw", bin: "bak-terbalik" };
    const calibration = { empty_mm: 300, full_mm: 900 };
    const settings = {
      node: "loket-terbalik",
      secret: "a-secret-of-some-length",
      broker: { url: system.brokerUrl },
      api: { url: system.admin.base },
      data_dir: join(system.folder, "terbalik"),
      ports: [{ ...port, calibration }],
    };
    writeFileSync(file, JSON.stringify(settings));
    const child = spawn(process.execPath, [join(ROOT, "edge/src/main.ts")], {
      env: { ...process.env, EDGE_CONFIG: file },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect(code).toBe(2);
    expectReadable(said, /bak-terbalik: calibration: full_mm \(900\) must be less than empty_mm \(300\)/);
    expect(said).not.toContain(settings.secret);
  });

  it("not even the first readings of a device that was bound a moment ago are refused", async () => {
    const { system, prepared } = running();
    await prepared.terminal.drained();
    expect(await system.admin.all("/v1/quarantine")).toEqual([]);
  });
});

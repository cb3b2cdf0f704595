/**
 * Devices of several kinds through the whole house, each bound and changed by the API while all of it runs:
 *
 *   simulated device -> pseudo-terminal -> edge (johnny-five for the board) -> broker -> ingest -> stores -> API
 */
import { readFileSync } from "node:fs";
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { FirmataPort, Port } from "@jumpa-madu/contracts/node-config";
import { A02yyuw } from "@jumpa-madu/firmware-sim/a02yyuw";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import { DEVICE_CATALOGUE } from "@jumpa-madu/firmware-sim/device-catalogue";
import type { DeviceModel } from "@jumpa-madu/firmware-sim/device-model";
import { FirmataBoard } from "@jumpa-madu/firmware-sim/firmata-board";
import type { ScaleModel } from "@jumpa-madu/firmware-sim/scale-model";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { afterAll, describe, expect, it } from "vitest";
import type { EdgeAgent } from "../system/edge-agent.ts";
import type { System } from "../system/system.ts";
import { addBin, createTown, MATERIALS, type Member } from "../system/town.ts";
import { until } from "../system/until.ts";
import { useSystem } from "../system/use-system.ts";

const [PET] = MATERIALS;
const WASTE_BANK = "bsu-anggrek";
const TERMINAL = "loket-anggrek";
const BOARD = "papan-taman";
const CORNER = "sudut-jalan";
const OTHER_CORNER = "seberang-jalan";

/** Sensor to bottom, and to waste that counts as full. */
const CALIBRATION = { empty_mm: 1_200, full_mm: 200 };

/** Air over the bins of the board, in °C, in which sound is so fast that a metre reads 26 mm short. */
const AIR_TEMP_C = 35;

/** How far an ultrasonic sensor and a thermometer of ten bits may be from the truth, in millimetres. */
const ERROR_MM_MAX = 4;

/** A bin that tapers to half its length and width, filled to half its height. */
const TAPERED = { shape: "tapered", bottom_length: 0.5, bottom_width: 0.5 } as const;
const TAPERED_HALF = (0.75 ** 3 - 0.5 ** 3) / (1 - 0.5 ** 3);

/** Scales and until when they are verified. */
const SCALES = {
  a12: { id: "timbangan-a12", verified_until: "2031-05-01T00:00:00.000Z" },
  register: { id: "timbangan-kasir", verified_until: "2030-12-31T00:00:00.000Z" },
};

interface Stage {
  terminal: EdgeAgent;
  member: Member;
  a12: SimulatedDevice<ScaleModel>;
  register: SimulatedDevice<ScaleModel>;
  board: EdgeAgent;
}

const devices: SimulatedDevice<DeviceModel>[] = [];

function plugIn<M extends DeviceModel>(model: M, link: string): SimulatedDevice<M> {
  const device = startDevice({ model, link, seed: devices.length + 1 });
  devices.push(device);
  return device;
}

/** A bin that nobody fills but the test, with its waste so far below the sensor. */
function binAt(distanceMm: number): Bin {
  return new Bin({ seed: 1, emptyMm: distanceMm, fullMm: 1, fillPerDay: 0, emptyEveryDays: 0 });
}

/** A terminal with two scales, and a node that has no device yet. */
async function setStage(system: System): Promise<Stage> {
  const { admin, portsFolder } = system;
  const town = await createTown(admin, { wasteBanks: [WASTE_BANK], membersEach: 1 });
  const [member] = town.get(WASTE_BANK) ?? [];
  if (member === undefined) throw new Error("the town has no member");
  for (const scale of Object.values(SCALES)) {
    const place = { waste_bank: WASTE_BANK, capacity_g: 60_000, division_g: 5 };
    await admin.make("/v1/scales", { ...scale, name: `Timbangan ${scale.id}`, ...place });
  }
  const a12 = plugIn(
    DEVICE_CATALOGUE["xk3190-a12-w"].create({ seed: 1, noiseG: 0, tellsTare: true }),
    `${portsFolder}/a12`,
  );
  const register = plugIn(
    DEVICE_CATALOGUE["toledo-8217"].create({ seed: 2, noiseG: 0 }),
    `${portsFolder}/8217`,
  );
  const terminal = await system.addNode({
    id: TERMINAL,
    wasteBank: WASTE_BANK,
    ports: [
      { path: a12.path, protocol: "xk3190-a12-w", scale: SCALES.a12.id },
      { path: register.path, protocol: "toledo-8217", scale: SCALES.register.id },
    ],
  });
  const board = await system.addNode({ id: BOARD, ports: [] });
  await until(
    "the catalogue at the terminal",
    async () => (await terminal.terminal.read("/status")).catalogue.present,
  );
  return { terminal, member, a12, register, board };
}

/** What has happened to a bin, in order. */
async function eventsOf({ admin }: System, bin: string): Promise<string[]> {
  const events = await admin.all(`/v1/bin-events?bin=${bin}`);
  return events.map(({ event }) => event).reverse();
}

describe("devices of all kinds", { timeout: 60_000 }, () => {
  const running = useSystem(() => ({ relational: "sqlite", telemetry: "sqlite" }), setStage);
  afterAll(() => {
    for (const device of devices) device.stop();
  });

  /** Puts a weight on a scale in place of what lies there, and waits until the terminal has taken it. */
  async function weigh(
    device: SimulatedDevice<ScaleModel>,
    scale: string,
    { on, netG }: { on: number; netG: number },
  ) {
    const { terminal } = running().prepared.terminal;
    device.model.pan.remove();
    device.model.pan.place(on);
    return await until(`${netG} g at rest`, async () => {
      const answer = await terminal.post("/weighings", { scale });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body.net_g === netG && answer.body;
    });
  }

  /** Brings a deposit to the books; answers what the API says of it. */
  async function depositInBooks(body: { lines: object[]; supervisor?: object }) {
    const { system, prepared } = running();
    const receipt = await prepared.terminal.terminal.make("/deposits", {
      id: newEventId(),
      member: prepared.member.number,
      ...body,
    });
    return await until("the deposit in the books", async () =>
      (await system.admin.all("/v1/deposits")).find(({ id }) => id === receipt.id),
    );
  }

  /** Waits until a node has the configuration that it should have, in both senses, and says so. */
  async function configured(node: string, version: number) {
    const { admin } = running().system;
    await until(`version ${version} in force at ${node}`, async () => {
      const { config_version, reported_config_version, reported_wanted_config_version } = await admin.read(
        `/v1/nodes/${node}`,
      );
      const versions = [config_version, reported_config_version, reported_wanted_config_version];
      return versions.every((one) => one === version) || Promise.reject(new Error(versions.join(" ")));
    });
  }

  const levelOf = async (bin: string) => (await running().system.admin.read(`/v1/bins/${bin}`)).level;

  it("two sensors of one Firmata board are bound by the API, and each bin is filled as its shape and the air say", async () => {
    const { system, prepared } = running();
    const { admin, portsFolder } = system;
    const bins = ["bak-tirus", "bak-tegak"] as const;
    for (const bin of bins) await addBin(admin, bin);
    const board = plugIn(
      new FirmataBoard({
        seed: 3,
        noiseMm: 0,
        airTempC: AIR_TEMP_C,
        pings: [
          { pin: 7, kind: "hc-sr04", bin: binAt(700) },
          { pin: 8, kind: "jsn-sr04t", bin: binAt(950) },
        ],
        thermometers: [{ channel: 2, kind: "LM35" }],
      }),
      `${portsFolder}/papan`,
    );
    const shared = {
      path: board.path,
      protocol: "firmata",
      calibration: CALIBRATION,
      report_every_s: 0.5,
    } as const;
    const ports: FirmataPort[] = [
      {
        ...shared,
        bin: bins[0],
        container: "tirus",
        sensor: { kind: "hc-sr04", pin: 7, thermometer: { controller: "LM35", pin: 2 } },
      },
      { ...shared, bin: bins[1], air_temp_c: AIR_TEMP_C, sensor: { kind: "jsn-sr04t", pin: 8 } },
    ];
    await admin.replace(`/v1/nodes/${BOARD}/profile`, { container_types: { tirus: TAPERED } });
    for (const port of ports) await admin.make(`/v1/nodes/${BOARD}/devices`, { port });
    for (const [bin, distanceMm, fill] of [
      [bins[0], 700, TAPERED_HALF],
      [bins[1], 950, 0.25],
    ] as const) {
      const level = await until(`a level of ${bin}`, async () => await levelOf(bin));
      expect(level.quality).toBe("accepted");
      expect(Math.abs(level.distance_mm - distanceMm), bin).toBeLessThanOrEqual(ERROR_MM_MAX);
      expect(Math.abs(level.fill - fill), bin).toBeLessThan(0.01);
    }
    // Made by the API, the node starts with version 0; each change raises it by one.
    await configured(BOARD, 3);
    expect((await admin.read(`/v1/nodes/${BOARD}`)).notices).toEqual([]);
    expect((await prepared.board.terminal.read("/status")).ports).toMatchObject(
      bins.map((device) => ({ device, path: board.path, open: true })),
    );
  });

  it("another shape in the node's profile is in force without a restart, and nothing is said to have happened to the bins", async () => {
    const { system, prepared } = running();
    const { pid } = prepared.board;
    await system.admin.replace(`/v1/nodes/${BOARD}/profile`, {
      container_types: { tirus: { shape: "lying_drum" } },
    });
    await until(
      "a level by the new shape",
      async () => Math.abs((await levelOf("bak-tirus")).fill - 0.5) < 0.01,
    );
    await configured(BOARD, 4);
    expect(prepared.board.pid).toBe(pid);
    expect(Math.abs((await levelOf("bak-tegak")).fill - 0.25)).toBeLessThan(0.01);
    for (const bin of ["bak-tirus", "bak-tegak"]) expect(await eventsOf(system, bin)).toEqual([]);
  });

  it("a shape that a bin has is not taken out of the profile", async () => {
    const { system } = running();
    await expect(system.admin.replace(`/v1/nodes/${BOARD}/profile`, { container_types: {} })).rejects.toThrow(
      /422.*container tirus is not among container_types/,
    );
    expect((await system.admin.read(`/v1/nodes/${BOARD}`)).config_version).toBe(4);
  });

  it("an XK3190-A12, which says neither stable nor moving, is weighed on: gross, tare and net with its own frame", async () => {
    const { prepared } = running();
    const { cell } = prepared.a12.model;
    const { id: scale, verified_until } = SCALES.a12;
    await weigh(prepared.a12, scale, { on: 500, netG: 500 });
    // The key of the indicator: the bucket is taken off.
    cell.tare();
    const weighing = await weigh(prepared.a12, scale, { on: 2_500, netG: 2_000 });
    expect(weighing).toMatchObject({ gross_g: 2_500, tare_g: 500, net_g: 2_000, stable: true });
    const { lines } = await depositInBooks({ lines: [{ material: PET.id, weighing: weighing.id }] });
    expect(lines).toMatchObject([
      { gross_g: 2_500, tare_g: 500, net_g: 2_000, stable: true, scale, verified_until, typed: false },
    ]);
    expect(Buffer.from(lines[0].raw, "hex").toString("latin1")).toBe("wn002.000kg");
  });

  it("a register's scale that must be asked is weighed on, and its tare key works from the terminal", async () => {
    const { prepared } = running();
    const { id: scale, verified_until } = SCALES.register;
    const gross = await weigh(prepared.register, scale, { on: 1_250, netG: 1_250 });
    const order = await prepared.terminal.terminal.post(`/scales/${scale}/tare`, {});
    expect(order.status).toBe(202);
    // It does not tell its tare: that is seen when the figure drops while the load is at rest.
    const ask = async () => (await prepared.terminal.terminal.post("/weighings", { scale })).body;
    await until("the tare", async () => (await ask()).code === "empty");
    const net = await weigh(prepared.register, scale, { on: 2_000, netG: 750 });
    const { lines } = await depositInBooks({
      lines: [gross, net].map(({ id }) => ({ material: PET.id, weighing: id })),
    });
    const common = { stable: true, scale, verified_until, typed: false };
    expect(lines).toMatchObject([
      { gross_g: 1_250, tare_g: 0, net_g: 1_250, ...common },
      { gross_g: 2_000, tare_g: 1_250, net_g: 750, ...common },
    ]);
    const frames = lines.map(({ raw }: { raw: string }) => Buffer.from(raw, "hex").toString("latin1"));
    expect(frames).toEqual(["\x0201.250\r", "\x0200.750N\r"]);
    // Shown gross again it is still the load that was paid.
    await prepared.terminal.terminal.post(`/scales/${scale}/clear-tare`, {});
    await until("the gross", async () => (await ask()).net_g === 2_000);
    const again = await prepared.terminal.terminal.post("/deposits", {
      member: prepared.member.number,
      lines: [{ material: PET.id, scale }],
    });
    expect([again.status, again.body.code]).toEqual([409, "weighing_used"]);
  });

  it("when no scale can give it, a supervisor agrees to a typed weight with a PIN, and answers for it in the books", async () => {
    const { system, prepared } = running();
    const { terminal } = prepared.terminal;
    const { id: scale, verified_until } = SCALES.a12;
    const pin = "739164";
    const supervisor = await system.admin.make("/v1/users", {
      username: "pengawas.anggrek",
      role: "operator",
      waste_bank: WASTE_BANK,
    });
    await system.admin.replace(`/v1/users/${supervisor.id}/pin`, { pin });
    prepared.a12.unplug();
    await until("a scale that gives nothing", async () => {
      const { status, body } = await terminal.post("/weighings", { scale });
      return status === 409 && body.code === "disconnected";
    });
    const reason = "kabel timbangan putus";
    const lines = [{ material: PET.id, scale, typed: { net_g: 3_400, reason } }];
    const ask = (who?: object) =>
      terminal.post("/deposits", {
        id: newEventId(),
        member: prepared.member.number,
        lines,
        ...(who && { supervisor: who }),
      });
    expect((await ask()).body).toMatchObject({ status: 422, code: "typed_needs_supervisor" });
    await until(
      "the supervisor in the terminal's catalogue",
      async () => (await ask({ id: supervisor.id, pin: "739165" })).body.code === "wrong_pin",
    );
    const posted = await depositInBooks({ lines, supervisor: { id: supervisor.id, pin } });
    expect(posted.lines).toMatchObject([
      {
        gross_g: 3_400,
        tare_g: 0,
        net_g: 3_400,
        stable: null,
        raw: null,
        scale,
        verified_until,
        typed: true,
        supervisor: supervisor.id,
        typed_reason: reason,
      },
    ]);
    for (const { logFile } of system.services()) expect(readFileSync(logFile, "utf8")).not.toContain(pin);
    prepared.a12.replug();
  });

  it("a bin keeps its history when its sensor is swapped, measured anew, and hung at another node", async () => {
    const { system } = running();
    const { admin, portsFolder } = system;
    const bin = "bak-lestari";
    await addBin(admin, bin);
    for (const id of [CORNER, OTHER_CORNER]) await system.addNode({ id, ports: [] });
    const sensors = {
      a02yyuw: (distanceMm: number) =>
        new A02yyuw({ seed: 1, bin: binAt(distanceMm), noiseMm: 0, output: "raw" }),
      tfmini: (distanceMm: number) =>
        DEVICE_CATALOGUE.tfmini.create({ seed: 1, bin: binAt(distanceMm), noiseMm: 0 }),
    };
    type Hanging = {
      node: string;
      protocol: keyof typeof sensors;
      link: string;
      distanceMm: number;
      calibration: { empty_mm: number; full_mm: number };
      fill: number;
    };
    const hangings: Hanging[] = [
      {
        node: CORNER,
        protocol: "a02yyuw",
        link: "bak-1",
        distanceMm: 300,
        calibration: CALIBRATION,
        fill: 0.9,
      },
      // Hung higher, on another port: as full as before.
      {
        node: CORNER,
        protocol: "tfmini",
        link: "bak-2",
        distanceMm: 700,
        calibration: { empty_mm: 1_600, full_mm: 600 },
        fill: 0.9,
      },
      // The same sensor, measured anew: it never was full, but nobody has emptied it.
      {
        node: CORNER,
        protocol: "tfmini",
        link: "bak-2",
        distanceMm: 700,
        calibration: { empty_mm: 800, full_mm: 86 },
        fill: 0.14,
      },
      {
        node: OTHER_CORNER,
        protocol: "a02yyuw",
        link: "bak-3",
        distanceMm: 1_060,
        calibration: CALIBRATION,
        fill: 0.14,
      },
    ];
    const hung = new Map<string, SimulatedDevice<DeviceModel>>();
    for (const [index, { node, protocol, link, distanceMm, calibration, fill }] of hangings.entries()) {
      const path = `${portsFolder}/${link}`;
      if (!hung.has(link)) hung.set(link, plugIn(sensors[protocol](distanceMm), path));
      const fromMs = Date.now();
      const port: Port = { path, protocol, bin, calibration, report_every_s: 0.5 };
      const device = await admin.make(`/v1/nodes/${node}/devices`, { port });
      await until(`a level of the sensor ${index + 1}`, async () => {
        const level = await levelOf(bin);
        return (
          level !== null &&
          Date.parse(level.measured_at) > fromMs &&
          level.distance_mm === distanceMm &&
          Math.abs(level.fill - fill) < 0.001 &&
          level.quality === "accepted"
        );
      });
      if (index === 0) await until("a full bin", async () => (await eventsOf(system, bin)).includes("full"));
      if (index === 2)
        await until("a bin that is full no more", async () =>
          (await eventsOf(system, bin)).includes("full_over"),
        );
      if (index < hangings.length - 1) await admin.remove(`/v1/nodes/${node}/devices/${device.id}`);
    }

    const { items } = await admin.read(`/v1/telemetry?measurement=bin_level&bin=${bin}&field=distance_mm`);
    // One series, in the order of the hangings, and none of them is missing.
    expect(new Set(items.map(({ series }: { series: string }) => series)).size).toBe(1);
    const distances: number[] = items.map(({ value }: { value: number }) => value);
    expect(distances.filter((value, at) => value !== distances[at - 1])).toEqual([300, 700, 1_060]);
    const emptied = await admin.read(`/v1/telemetry?measurement=bin_event&bin=${bin}&field=fill_before`);
    expect(emptied.items).toEqual([]);
    expect(await eventsOf(system, bin)).toEqual(["full", "full_over"]);
  });

  it("in the end nothing is in quarantine or missing, and the books are in order", async () => {
    const { system } = running();
    for (const device of devices) device.stop();
    for (const edge of system.edges.values()) await edge.drained();
    expect(await system.admin.all("/v1/quarantine")).toEqual([]);
    expect(await system.admin.all("/v1/gaps")).toEqual([]);
    expect(await verifyLedger(system.store.db)).toEqual([]);
  });
});

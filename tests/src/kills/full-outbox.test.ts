/**
 * An outbox that is full, with the network away: telemetry grows coarser and never disappears, deposits go on as long
 * as there is any room, and one that finds none is refused for all to see. What was accepted arrives.
 */
import { join } from "node:path";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { A02yyuw } from "@jumpa-madu/firmware-sim/a02yyuw";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { afterAll, describe, expect, it } from "vitest";
import type { EdgeAgent } from "../system/edge-agent.ts";
import type { Answer } from "../system/http-client.ts";
import { type HeldReading, heldReadings, outboxNumbers } from "../system/outbox-numbers.ts";
import { QuickScale } from "../system/quick-scale.ts";
import { storedNumbers } from "../system/stored-numbers.ts";
import type { System } from "../system/system.ts";
import { addBin, addScale, createTown, MATERIALS, type Member } from "../system/town.ts";
import { until } from "../system/until.ts";
import { useSystem } from "../system/use-system.ts";
import { makeSmallDisk, type SmallDisk } from "./small-disk.ts";

/** Rows of readings that the street's node may keep: the least that can be configured. */
const ROWS_MAX = 1_000;
const BINS = 14;
const BIN_EMPTIED = "kontainer-1";

/** Readings that must have been given up before the test believes that the outbox was full. */
const THINNED_MIN = 600;

/** The first and last reading of each series must be so near to the ends of the outage, in milliseconds. */
const NEAR_MS = 3_000;

/** Widest hole that thinning may leave in a series, as a share of the time that it spans. */
const HOLE_SHARE_MAX = 0.2;

/** Readings that a series must have for its holes to be judged. */
const READINGS_OF_CURVE_MIN = 20;

/** Deposits that a disk without a free block may still take before it refuses: what fits into the reserve's place. */
const TRIES_MAX = 40;

interface Stage {
  street: EdgeAgent;
  counter: EdgeAgent;
  streetScale: SimulatedDevice<QuickScale>;
  counterScale: SimulatedDevice<QuickScale>;
  emptied: Bin;
  devices: { stop(): void }[];
  member: Member;
  /** Names of the series that the street's node makes. */
  series: string[];
}

describe("a full outbox", { timeout: 150_000 }, () => {
  const disks: SmallDisk[] = [];
  const running = useSystem(
    () => ({ relational: "sqlite", telemetry: "sqlite" }),
    async (system): Promise<Stage> => {
      const disk = makeSmallDisk(join(system.folder, "disk"));
      disks.push(disk);
      return setStage(system, disk);
    },
  );
  afterAll(() => {
    for (const disk of disks) disk.remove();
  });

  it("grows coarser evenly, keeps every series and every event, and takes deposits all the while", async () => {
    const { system, prepared } = running();
    const { street, streetScale, emptied, devices } = prepared;
    await until(
      "readings arrive",
      async () => (await storedNumbers(system.telemetryUrl, street.node)).length > BINS,
    );
    await system.broker.kill();
    const fromMs = Date.now();
    // Half a minute of readings comes after the emptying, and still it must be there.
    emptied.empty();
    const receipts: Answer["body"][] = [];
    await until(
      "many readings given up",
      async () => {
        receipts.push((await deposit(prepared, { edge: street, scale: streetScale })).body);
        return (await street.terminal.read("/status")).losses.thinned >= THINNED_MIN;
      },
      { deadlineMs: 90_000, pollMs: 1_000 },
    );
    expect(receipts.length).toBeGreaterThan(3);
    const { losses } = await street.terminal.read("/status");
    expect(losses.refused).toBe(0);
    await street.kill();
    const toMs = Date.now();

    const held = heldReadings(street.outboxFile);
    expect(held.length).toBeLessThanOrEqual(ROWS_MAX + 1);
    expect(held.filter(({ reading }) => reading.kind === "bin_event")).toMatchObject([
      { reading: { event: "emptied", bin: BIN_EMPTIED } },
    ]);
    const series = Map.groupBy(
      held.filter((one) => one.series !== null),
      (one) => one.series,
    );
    expect(new Set(series.keys())).toEqual(new Set(prepared.series));
    for (const [name, readings] of series) expectEvenSpread(`${name}`, readings, { fromMs, toMs });

    // All that is still there arrives; what was thinned out is declared, so that it is no gap.
    for (const device of devices) device.stop();
    await Promise.all([system.broker.start(), street.start()]);
    await street.drained(60_000);
    await street.stop();
    const { readings, epoch } = outboxNumbers(street.outboxFile);
    const stored = await storedNumbers(system.telemetryUrl, street.node);
    expect(held.filter(({ seq }) => !stored.includes(seq))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
    const position = await system.store.db
      .selectFrom("stream_positions")
      .selectAll()
      .where("epoch", "=", epoch)
      .where("stream", "=", "readings")
      .executeTakeFirst();
    expect(position).toMatchObject({ upto: readings.last, thinned: readings.last - stored.length });
    expect(position?.thinned).toBeGreaterThanOrEqual(THINNED_MIN);
    expect(await system.admin.all("/v1/gaps")).toEqual([]);
    await expectPosted(system, receipts);
  });

  it("on a disk without a free block a deposit is refused for all to see, and accepted once there is room", async () => {
    const { system, prepared } = running();
    const [disk] = disks;
    const { counter: edge, counterScale: scale } = prepared;
    await edge.drained();
    await system.broker.kill();
    const receipts = [(await deposit(prepared, { edge, scale })).body];

    let refused: { id: string; answer: Answer } | null = null;
    for (let tries = 0; refused === null && tries < TRIES_MAX; tries++) {
      // Others take each block that the agent gives back, such as its reserve.
      await disk?.fill(edge);
      const id = newEventId();
      const answer = await deposit(prepared, { edge, scale, id });
      if (answer.status === 201) receipts.push(answer.body);
      else refused = { id, answer };
    }
    expect(refused?.answer).toMatchObject({ status: 507, body: { code: "storage_full", status: 507 } });
    expect(refused?.answer.body.title).toMatch(/tidak dicatat/);
    // The screen said no: not even a power cut may turn that into a yes, nor lose what it said yes to.
    await edge.kill();
    await edge.start();
    expect((await edge.terminal.read("/status")).outbox.records).toBe(receipts.length);

    await disk?.free(edge);
    const id = refused?.id ?? "";
    const accepted = await deposit(prepared, { edge, scale, id });
    expect(accepted).toMatchObject({ status: 201, body: { id } });
    receipts.push(accepted.body);
    await system.broker.start();
    await edge.stop();
    await edge.start();
    await edge.drained(60_000);
    await expectPosted(system, receipts);
    expect(await verifyLedger(system.store.db)).toEqual([]);
    expect(await system.admin.all("/v1/quarantine")).toEqual([]);
  });
});

async function setStage(system: System, disk: SmallDisk): Promise<Stage> {
  const { admin, portsFolder } = system;
  const town = await createTown(admin, { wasteBanks: ["bank-1"], membersEach: 1 });
  const [member] = town.get("bank-1") ?? [];
  if (member === undefined) throw new Error("the town has no member");
  const scaleOf = async (id: string) => {
    await addScale(admin, id, "bank-1");
    return startDevice({ model: new QuickScale(), link: `${portsFolder}/${id}`, seed: 1 });
  };
  const streetScale = await scaleOf("timbangan-jalan");
  const counterScale = await scaleOf("timbangan-loket");
  const bins = Array.from({ length: BINS }, (_, index) => ({
    id: `kontainer-${index + 1}`,
    bin: new Bin({ seed: index, emptyMm: 1_200, fullMm: 200, fill: 0.6, fillPerDay: 0, emptyEveryDays: 0 }),
  }));
  const devices: { stop(): void }[] = [streetScale];
  const binPorts = [];
  for (const { id, bin } of bins) {
    await addBin(admin, id);
    const model = new A02yyuw({ seed: 1, bin, output: "raw", noiseMm: 1 });
    const device = startDevice({ model, link: `${portsFolder}/${id}`, seed: 1 });
    devices.push(device);
    binPorts.push({
      path: device.path,
      protocol: "a02yyuw" as const,
      bin: id,
      calibration: { empty_mm: 1_200, full_mm: 200 },
      report_every_s: 0.1,
    });
  }
  const street = await system.addNode({
    id: "jalan-1",
    wasteBank: "bank-1",
    ports: [{ path: streetScale.path, protocol: "st-gs", scale: "timbangan-jalan" }, ...binPorts],
    limits: { readings_rows: ROWS_MAX, health_every_s: 86_400 },
  });
  const counter = await system.addNode({
    id: "loket-1",
    wasteBank: "bank-1",
    ports: [{ path: counterScale.path, protocol: "st-gs", scale: "timbangan-loket" }],
    dataDir: join(disk.folder, "edge"),
    limits: { ...disk.limits, health_every_s: 86_400 },
  });
  for (const { terminal } of [street, counter]) {
    await until("the catalogue", async () => (await terminal.read("/status")).catalogue.present);
  }
  const emptied = bins[0]?.bin;
  if (emptied === undefined) throw new Error("there is no bin");
  const series = [...bins.map(({ id }) => `bin_level/${id}`), "scale_weight/timbangan-jalan"].sort();
  return { street, counter, streetScale, counterScale, emptied, devices, member, series };
}

/** Puts another bag on the scale and asks until the terminal has decided: 201, or 507. */
async function deposit(
  { member }: Stage,
  { edge, scale, id = newEventId() }: { edge: EdgeAgent; scale: SimulatedDevice<QuickScale>; id?: string },
): Promise<Answer> {
  scale.model.weightG = 500 + ((scale.model.weightG + 35) % 20_000);
  return await until("a decision on a deposit", async () => {
    const answer = await edge.terminal.post("/deposits", {
      id,
      member: member.number,
      lines: [{ material: MATERIALS[0].id }],
    });
    if (answer.status !== 201 && answer.status !== 507) throw new Error(JSON.stringify(answer.body));
    return answer;
  });
}

/** A series that was thinned begins and ends with the outage and has no hole that one would see in a curve. */
function expectEvenSpread(
  name: string,
  readings: HeldReading[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): void {
  const times = readings.map(({ reading }) => reading.t);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  expect(first - fromMs, `${name} begins`).toBeLessThan(NEAR_MS);
  expect(toMs - last, `${name} ends`).toBeLessThan(NEAR_MS);
  // Of a scale there are a few readings in the whole outage: half of them make no curve.
  if (times.length < READINGS_OF_CURVE_MIN) return;
  const holes = times.slice(1).map((t, index) => t - (times[index] ?? t));
  expect(
    Math.max(...holes) / (last - first),
    `${name}: widest hole of ${times.length} readings`,
  ).toBeLessThan(HOLE_SHARE_MAX);
}

async function expectPosted({ store }: System, receipts: { id: string; total_idr: number }[]): Promise<void> {
  const posted = await store.db.selectFrom("deposits").select(["id", "total_idr"]).execute();
  const totals = new Map(posted.map(({ id, total_idr }) => [id, total_idr]));
  expect(receipts.map(({ id }) => totals.get(id))).toEqual(receipts.map(({ total_idr }) => total_idr));
}

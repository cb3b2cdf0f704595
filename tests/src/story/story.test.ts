/**
 * The life of a reading and of a deposit through the whole house, with every process and part real:
 *
 *   simulated device -> pseudo-terminal -> edge -> broker -> ingest -> stores -> API
 *
 * What the API answers must be what lay in the bin and on the pan: the same millimetres, shares, grams and rupiah.
 */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { A02yyuw } from "@jumpa-madu/firmware-sim/a02yyuw";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import { StGsScale } from "@jumpa-madu/firmware-sim/st-gs-scale";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { describe, expect, it } from "vitest";
import { csvOf, rowOf } from "../system/csv.ts";
import type { EdgeAgent } from "../system/edge-agent.ts";
import type { System } from "../system/system.ts";
import { addBin, addScale, createTown, MATERIALS, type Member } from "../system/town.ts";
import { until } from "../system/until.ts";
import { useSystem } from "../system/use-system.ts";

const [PET, CARDBOARD] = MATERIALS;
const WASTE_BANK = "bsu-mekar";
const SCALE = "timbangan-mekar";
const BIN = "kontainer-pasar";
const TERMINAL = "loket-mekar";
const STREET = "jalan-pasar";

/** Sensor to bottom, and to waste that counts as full. */
const CALIBRATION = { empty_mm: 1_200, full_mm: 200 };

/** Filled to 0.6 of 1000 mm, the waste lies 600 mm below the sensor. */
const FILL = 0.6;
const DISTANCE_MM = 600;

interface Stage {
  sensor: SimulatedDevice<A02yyuw>;
  scale: SimulatedDevice<StGsScale>;
  terminal: EdgeAgent;
  street: EdgeAgent;
  member: Member;
}

/** One waste bank with a scale, one street with a bin whose level nobody changes but the test. */
async function setStage(system: System): Promise<Stage> {
  const { admin, portsFolder } = system;
  const town = await createTown(admin, { wasteBanks: [WASTE_BANK], membersEach: 2 });
  const [member] = town.get(WASTE_BANK) ?? [];
  if (member === undefined) throw new Error("the town has no member");
  await addBin(admin, BIN);
  await addScale(admin, SCALE, WASTE_BANK);
  const sensor = sensorOver(`${portsFolder}/${BIN}`, FILL);
  const scale = startDevice({
    model: new StGsScale({ seed: 2, noiseG: 0 }),
    link: `${portsFolder}/${SCALE}`,
    seed: 2,
  });
  const binPort = {
    path: sensor.path,
    protocol: "a02yyuw",
    bin: BIN,
    calibration: CALIBRATION,
    report_every_s: 0.5,
  } as const;
  const terminal = await system.addNode({
    id: TERMINAL,
    wasteBank: WASTE_BANK,
    ports: [{ path: scale.path, protocol: "st-gs", scale: SCALE }],
  });
  const street = await system.addNode({ id: STREET, ports: [binPort] });
  await until(
    "the catalogue at the terminal",
    async () => (await terminal.terminal.read("/status")).catalogue.present,
  );
  return { sensor, scale, terminal, street, member };
}

function sensorOver(link: string, fill: number): SimulatedDevice<A02yyuw> {
  const { empty_mm: emptyMm, full_mm: fullMm } = CALIBRATION;
  const bin = new Bin({ seed: 1, emptyMm, fullMm, fill, fillPerDay: 0, emptyEveryDays: 0 });
  return startDevice({ model: new A02yyuw({ seed: 1, bin, noiseMm: 0, output: "raw" }), link, seed: 1 });
}

/** Asks the terminal for a deposit until the scale rests; answers the deposit. */
async function deposit({ terminal, member }: Stage, lines: object[], id = newEventId()) {
  return await until("a deposit at the terminal", async () => {
    const answer = await terminal.terminal.post("/deposits", { id, member: member.number, lines });
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  });
}

/** Puts a weight on the empty pan and holds it for a deposit; the pan is empty again afterwards. */
async function weigh({ terminal, scale }: Stage, weightG: number) {
  scale.model.pan.place(weightG);
  const weighing = await until(`${weightG} g at rest`, async () => {
    const answer = await terminal.terminal.post("/weighings", { scale: SCALE });
    return answer.status === 201 && answer.body.net_g === weightG && answer.body;
  });
  scale.model.pan.remove();
  return weighing;
}

describe.each([
  { relational: "sqlite", telemetry: "sqlite" },
  { relational: "postgres", telemetry: "influx" },
] as const)("on $relational and $telemetry", { timeout: 90_000 }, (engines) => {
  const running = useSystem(() => engines, setStage);
  const posted = async (system: System, id: string) =>
    (await system.admin.all("/v1/deposits")).find((one) => one.id === id);

  it("a bin's distance is in the API to the millimetre, and its level by the calibration", async () => {
    const { system } = running();
    const { level } = await until("a level of the bin", async () => {
      const bin = await system.admin.read(`/v1/bins/${BIN}`);
      return bin.level !== null && bin;
    });
    expect(level).toMatchObject({ distance_mm: DISTANCE_MM, fill: FILL, quality: "accepted" });
    expect(Math.abs(Date.now() - Date.parse(level.measured_at))).toBeLessThan(60_000);
    for (const [field, value] of [
      ["distance_mm", DISTANCE_MM],
      ["fill", FILL],
    ] as const) {
      const { items } = await system.admin.read(
        `/v1/telemetry?measurement=bin_level&bin=${BIN}&field=${field}`,
      );
      expect(items.length).toBeGreaterThan(0);
      expect(new Set(items.map((item: { value: number }) => item.value))).toEqual(new Set([value]));
    }
  });

  it("a bin that is emptied is an event, with the level before and after", async () => {
    const { system, prepared } = running();
    prepared.sensor.model.bin.empty();
    const events = `/v1/telemetry?measurement=bin_event&bin=${BIN}`;
    const { items } = await until("the event", async () => {
      const answer = await system.admin.read(`${events}&field=fill_before`);
      return answer.items.length > 0 && answer;
    });
    expect(items.map((item: { value: number }) => item.value)).toEqual([FILL]);
    const after = await system.admin.read(`${events}&field=fill_after`);
    expect(after.items.map((item: { value: number }) => item.value)).toEqual([0]);
    await until("the empty level", async () => {
      const { level } = await system.admin.read(`/v1/bins/${BIN}`);
      return level.fill === 0 && level.distance_mm === CALIBRATION.empty_mm && level.quality === "accepted";
    });
  });

  it("1.250 kg on the pan become a receipt, a posted deposit and a balance of the same grams and rupiah", async () => {
    const { system, prepared } = running();
    prepared.scale.model.pan.place(1_250);
    const receipt = await deposit(prepared, [{ material: PET.id }]);
    prepared.scale.model.pan.remove();
    const amount = amountIdr(1_250, PET.priceIdrPerKg);
    expect(amount).toBe(3_625);
    expect(receipt.total_idr).toBe(amount);
    expect(receipt.lines).toMatchObject([
      { net_g: 1_250, tare_g: 0, gross_g: 1_250, amount_idr: amount, stable: true },
    ]);

    const inBooks = await until("the deposit in the books", () => posted(system, receipt.id));
    expect(inBooks).toMatchObject({
      receipt_no: receipt.receipt_no,
      total_idr: amount,
      member: prepared.member.id,
      voided: null,
    });
    // The frame of the scale stands beside its weight, from the pan to the books.
    expect(Buffer.from(inBooks.lines[0].raw, "hex").toString("latin1")).toMatch(/^ST,GS,\+ +1\.250kg$/);
    const weighed = { verified_until: null, typed: false, supervisor: null, typed_reason: null };
    expect(inBooks.lines).toEqual(receipt.lines.map((line: object) => ({ ...line, ...weighed })));
    const account = await system.admin.read(`/v1/members/${prepared.member.id}/account`);
    expect(account).toMatchObject({ balance: amount, available: amount });
    expect(account.lines).toMatchObject([
      { kind: "deposit", amount, deposit: receipt.id, receipt_no: receipt.receipt_no },
    ]);
    await prepared.terminal.drained();
  });

  it("two bags of two materials are two lines, and the weight that the scale showed is telemetry", async () => {
    const { system, prepared } = running();
    const before = (await system.admin.read(`/v1/members/${prepared.member.id}/account`)).balance;
    const bottles = await weigh(prepared, 2_385);
    const cardboard = await weigh(prepared, 915);
    const receipt = await deposit(prepared, [
      { material: PET.id, weighing: bottles.id },
      { material: CARDBOARD.id, weighing: cardboard.id },
    ]);
    const amounts = [amountIdr(2_385, PET.priceIdrPerKg), amountIdr(915, CARDBOARD.priceIdrPerKg)];
    const total = amountIdr(2_385, PET.priceIdrPerKg) + amountIdr(915, CARDBOARD.priceIdrPerKg);
    const inBooks = await until("the deposit in the books", () => posted(system, receipt.id));
    expect(inBooks.lines.map((line: { amount_idr: number }) => line.amount_idr)).toEqual(amounts);
    expect(inBooks.total_idr).toBe(total);
    expect((await system.admin.read(`/v1/members/${prepared.member.id}/account`)).balance).toBe(
      before + total,
    );
    await until("the shown weights as telemetry", async () => {
      const { items } = await system.admin.read(
        `/v1/telemetry?measurement=scale_weight&scale=${SCALE}&field=weight_g`,
      );
      const shown = new Set(items.map((item: { value: number }) => item.value));
      return [2_385, 915].every((weightG) => shown.has(weightG));
    });
  });

  it("a deposit that is taken back gives the member the old balance", async () => {
    const { system, prepared } = running();
    const account = `/v1/members/${prepared.member.id}/account`;
    const before = await system.admin.read(account);
    const bag = await weigh(prepared, 740);
    const receipt = await deposit(prepared, [{ material: CARDBOARD.id, weighing: bag.id }]);
    await until("the deposit in the books", () => posted(system, receipt.id));
    const amount = amountIdr(740, CARDBOARD.priceIdrPerKg);
    expect((await system.admin.read(account)).balance).toBe(before.balance + amount);

    const voided = await prepared.terminal.terminal.make(`/deposits/${receipt.id}/void`, {
      reason: "bahan salah pilih",
    });
    await until(
      "the void in the books",
      async () => (await posted(system, receipt.id))?.voided?.id === voided.id,
    );
    const after = await system.admin.read(account);
    expect(after.balance).toBe(before.balance);
    expect(after.lines.slice(0, 2)).toMatchObject([
      { kind: "deposit_void", amount: -amount },
      { kind: "deposit", amount },
    ]);
  });

  it("every list says the same as CSV and as JSON", async () => {
    const { system, prepared } = running();
    const span = `from=${Date.now() - 3_600_000}&to=${Date.now()}`;
    const lists = [
      "/v1/bins",
      "/v1/scales",
      "/v1/prices",
      `/v1/members?waste_bank=${WASTE_BANK}`,
      `/v1/telemetry?measurement=bin_level&field=distance_mm&${span}`,
      `/v1/telemetry?measurement=scale_weight&${span}`,
    ];
    // The bin goes on reporting: its newest level may differ between two questions.
    prepared.sensor.setFault("silence", true);
    prepared.scale.setFault("silence", true);
    await prepared.street.drained();
    await prepared.terminal.drained();
    for (const list of lists) {
      const json = (await system.admin.read(list)).items;
      const separator = list.includes("?") ? "&" : "?";
      const csv = csvOf(await system.admin.read(`${list}${separator}format=csv`));
      expect(json.length, list).toBeGreaterThan(0);
      const columns = Object.keys(csv[0] ?? {});
      expect(csv, list).toEqual(json.map((item: object) => rowOf(item, columns)));
    }
    // Of deposits a spreadsheet has the lines.
    const deposits = (await system.admin.read("/v1/deposits")).items;
    const rows = csvOf(await system.admin.read("/v1/deposits?format=csv"));
    const told = (line: Record<string, string | number | null>) =>
      ["id", "receipt_no", "material", "net_g", "amount_idr", "raw"].map((column) =>
        String(line[column] ?? ""),
      );
    expect(rows.map(told)).toEqual(
      deposits.flatMap(({ lines, ...deposit }: { lines: Record<string, string>[] }) =>
        lines.map((line) => told({ ...deposit, ...line })),
      ),
    );
    prepared.sensor.clearFaults();
    prepared.scale.clearFaults();
  });

  it("a new calibration and another port reach the edge without a restart", async () => {
    const { system, prepared } = running();
    const { street } = prepared;
    const { pid } = street;
    const [device] = await system.admin.all(`/v1/nodes/${STREET}/devices`);
    await system.admin.remove(`/v1/nodes/${STREET}/devices/${device.id}`);
    // At the new port the waste lies 900 mm below the sensor: half full by the new calibration, 0.3 by the old.
    const moved = sensorOver(`${system.portsFolder}/${BIN}-baru`, 0.3);
    await system.admin.make(`/v1/nodes/${STREET}/devices`, {
      port: { ...device.port, path: moved.path, calibration: { empty_mm: 1_200, full_mm: 600 } },
    });
    await until("a level by the new calibration", async () => {
      const { level } = await system.admin.read(`/v1/bins/${BIN}`);
      return level.distance_mm === 900 && level.fill === 0.5 && level.quality === "accepted";
    });
    await until("the node says that it has the new configuration", async () => {
      const node = await system.admin.read(`/v1/nodes/${STREET}`);
      return node.config_version > 1 && node.reported_config_version === node.config_version;
    });
    expect(street.pid).toBe(pid);
    expect(prepared.sensor.isOpen).toBe(false);
    moved.stop();
  });

  it("a revoked node is cut off within seconds and keeps its deposits, and a new secret brings them in", async () => {
    const { system, prepared } = running();
    const { terminal } = prepared;
    const isConnected = async () => (await terminal.terminal.read("/status")).connected;
    await until("the terminal is connected", isConnected);
    await system.admin.make(`/v1/nodes/${TERMINAL}/revocation`, {});
    await until("the terminal is cut off", async () => !(await isConnected()), { deadlineMs: 10_000 });

    const bag = await weigh(prepared, 1_505);
    const receipt = await deposit(prepared, [{ material: PET.id, weighing: bag.id }]);
    // A terminal that is shut out tries again and again; none of its tries may get a row through.
    const unsent = await until("the deposit waits in the outbox", async () => {
      const { outbox } = await terminal.terminal.read("/status");
      return outbox.records === 1 && outbox.readings > 0 && outbox;
    });
    expect(unsent.records).toBe(1);
    expect(await isConnected()).toBe(false);
    expect(await posted(system, receipt.id)).toBeUndefined();

    const { secret } = await system.admin.make(`/v1/nodes/${TERMINAL}/secret`, {});
    await terminal.stop();
    terminal.setSecret(secret);
    await terminal.start();
    await terminal.drained();
    expect(await posted(system, receipt.id)).toMatchObject({
      total_idr: amountIdr(1_505, PET.priceIdrPerKg),
    });
  });

  it("in the end nothing is in quarantine or missing, and the books are in order", async () => {
    const { system, prepared } = running();
    for (const device of [prepared.sensor, prepared.scale]) device.stop();
    for (const edge of system.edges.values()) await edge.drained();
    expect(await system.admin.all("/v1/quarantine")).toEqual([]);
    expect(await system.admin.all("/v1/gaps")).toEqual([]);
    expect(await verifyLedger(system.store.db)).toEqual([]);
  });
});

/**
 * Kill -9 of edge, broker and ingest at random moments under load, with the telemetry store away for a while and the
 * database killed once: nothing that was acknowledged to anyone may be missing, and nothing may be there twice.
 *
 * The seed is printed; `KILLS_SEED=…` runs the same plan again. What the operating system makes of it still differs.
 */
import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Random } from "@jumpa-madu/contracts/random";
import { A02yyuw } from "@jumpa-madu/firmware-sim/a02yyuw";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import { startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { afterAll, describe, expect, it } from "vitest";
import { type Influxdb, startInfluxdb } from "../servers/influxdb.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { QuickScale } from "../system/quick-scale.ts";
import type { System } from "../system/system.ts";
import { addBin, addScale, createTown, type Member } from "../system/town.ts";
import { until } from "../system/until.ts";
import { useSystem } from "../system/use-system.ts";
import {
  type Delays,
  delaysOf,
  drainedNumbers,
  expectEveryDepositOnce,
  expectEveryReadingOnce,
} from "./balance.ts";
import { type Kill, planKills } from "./kill-plan.ts";
import { type Visitor, type Visits, visit } from "./visitor.ts";

const TERMINALS = ["loket-1", "loket-2"];
const SCALES_EACH = 2;
const STREETS = ["jalan-1", "jalan-2"];
const BINS_EACH = 4;

/** Services are killed so many times, each edge agent twice: 15 kills on each pair of stores. */
const SERVICE_KILLS = ["broker", "broker", "broker", "ingest", "ingest", "ingest", "ingest"];

/** Deposits without any trouble, to which those without InfluxDB are compared. */
const CONTROL_DEPOSITS = 40;

/** InfluxDB is away at least so long; the kills begin after the first part. */
const OUTAGE_MS = 16_000;
const OUTAGE_QUIET_MS = 9_000;

/** Time that a deposit has to be in the books, from the terminal's clock to ingest's, whether or not InfluxDB runs. */
const POSTED_MS_MAX = 5_000;

const DRAIN_MS_MAX = 90_000;

interface Load {
  visitors: Visitor[];
  members: Member[];
  /** Unplugs everything: no reading is made any more. */
  silence(): void;
}

async function setLoad(system: System, seed: number): Promise<Load> {
  const { admin, portsFolder } = system;
  const random = new Random(seed);
  const devices: { stop(): void }[] = [];
  const plug = <D extends { stop(): void }>(device: D): D => {
    devices.push(device);
    return device;
  };
  const town = await createTown(admin, { wasteBanks: TERMINALS.map((id) => `bank-${id}`), membersEach: 4 });
  const visitors: Visitor[] = [];
  for (const node of TERMINALS) {
    const wasteBank = `bank-${node}`;
    const scales = [];
    for (let number = 1; number <= SCALES_EACH; number++) {
      const id = `timbangan-${node}-${number}`;
      await addScale(admin, id, wasteBank);
      const device = plug(
        startDevice({ model: new QuickScale(), link: `${portsFolder}/${id}`, seed: number }),
      );
      scales.push({ id, model: device.model, path: device.path });
    }
    const ports = scales.map(({ id, path }) => ({ path, protocol: "st-gs" as const, scale: id }));
    const { terminal } = await system.addNode({
      id: node,
      wasteBank,
      ports,
      limits: { health_every_s: 86_400 },
    });
    await until(`the catalogue at ${node}`, async () => (await terminal.read("/status")).catalogue.present);
    for (const scale of scales) {
      visitors.push({ terminal, node, scale, members: town.get(wasteBank) ?? [], random: random.fork() });
    }
  }
  for (const node of STREETS) {
    const ports = [];
    for (let number = 1; number <= BINS_EACH; number++) {
      const id = `kontainer-${node}-${number}`;
      await addBin(admin, id);
      const bin = new Bin({ seed: random.integer(1, 1_000_000), emptyEveryDays: 1, timeScale: 8_640 });
      const model = new A02yyuw({ seed: number, bin, output: "raw" });
      const { path } = plug(startDevice({ model, link: `${portsFolder}/${id}`, seed: number }));
      const calibration = { empty_mm: bin.emptyMm, full_mm: bin.fullMm };
      ports.push({ path, protocol: "a02yyuw" as const, bin: id, calibration, report_every_s: 0.1 });
    }
    await system.addNode({ id: node, ports, limits: { health_every_s: 86_400 } });
  }
  return {
    visitors,
    members: [...town.values()].flat(),
    silence() {
      for (const device of devices) device.stop();
    },
  };
}

describe.each([{ relational: "sqlite" }, { relational: "postgres" }] as const)(
  "on $relational and InfluxDB",
  ({ relational }) => {
    const seed = Number(process.env.KILLS_SEED ?? randomInt(1, 2 ** 31));
    const own: { influxdb?: Influxdb; postgresql?: Postgresql } = {};
    const running = useSystem(
      async () => {
        own.influxdb = await startInfluxdb();
        if (relational === "postgres") own.postgresql = await startPostgresql();
        const { influxdb, postgresql } = own;
        return {
          relational,
          telemetry: "influx",
          influxUrl: influxdb.url,
          postgresAdminUrl: postgresql?.adminUrl,
        };
      },
      (system) => setLoad(system, seed),
    );
    afterAll(async () => {
      await Promise.all([own.influxdb?.remove(), own.postgresql?.remove()]);
    }, 60_000);

    it("nothing is lost and nothing is twice", { timeout: 230_000 }, async () => {
      const { system, prepared } = running();
      say(`${relational}: KILLS_SEED=${seed}`);
      const kills = planKills(new Random(seed), { services: SERVICE_KILLS, edges: [...system.edges.keys()] });
      const visits = await visitedDuring(prepared.visitors, async (so) => {
        await until("deposits without any trouble", () => so.receipts.length >= CONTROL_DEPOSITS);
        const control = await delaysOf(system, so, { fromMs: 0, toMs: Date.now() });
        await withoutInfluxdb(own.influxdb, {
          async quiet() {
            const outage = await depositsInOutage(system, so);
            say(`${relational}: deposits ${told(control)} with InfluxDB, ${told(outage)} without`);
            expect(outage.count).toBeGreaterThan(10);
            expect(outage.worstMs).toBeLessThan(control.worstMs + POSTED_MS_MAX);
          },
          kills: () => killAll(system, kills, own.postgresql),
        });
      });
      prepared.silence();
      say(`${relational}: ${kills.length} kills, ${visits.receipts.length} deposits; draining`);

      const numbers = await drainedNumbers(system, DRAIN_MS_MAX);
      const readings = await expectEveryReadingOnce(system, numbers);
      await expectEveryDepositOnce(system, numbers, visits);
      await expectSavingsEqual(system, prepared.members, visits);
      expect(await system.admin.all("/v1/quarantine")).toEqual([]);
      expect(await system.admin.all("/v1/gaps")).toEqual([]);
      expect(await verifyLedger(system.store.db)).toEqual([]);
      say(`${relational}: ${readings} readings and ${visits.receipts.length} deposits, each once`);
      // A test that had hardly any load would prove nothing.
      expect(readings).toBeGreaterThan(500);
      expect(visits.receipts.length).toBeGreaterThan(50);
    });
  },
);

/** Lets visitors come while `trouble` goes on; answers what they did when the last of them has left. */
async function visitedDuring(visitors: Visitor[], trouble: (so: Visits) => Promise<void>): Promise<Visits> {
  const visits: Visits = { receipts: [], drawn: new Set() };
  const leaving = new AbortController();
  const left = Promise.allSettled(visitors.map((visitor) => visit(visitor, visits, leaving.signal)));
  try {
    await trouble(visits);
  } finally {
    leaving.abort();
  }
  const faults = (await left).filter(({ status }) => status === "rejected");
  expect(faults, "visitors who gave up").toEqual([]);
  return visits;
}

/** Stops InfluxDB, lets `quiet` be measured, goes on with `kills`, and starts InfluxDB again while they go on. */
async function withoutInfluxdb(
  influxdb: Influxdb | undefined,
  { quiet, kills }: { quiet: () => Promise<void>; kills: () => Promise<void> },
): Promise<void> {
  const stoppedMs = performance.now();
  await influxdb?.stop();
  const back = async () => {
    await pause(Math.max(0, stoppedMs + OUTAGE_MS - performance.now()));
    await influxdb?.restart();
  };
  try {
    await quiet();
  } catch (error) {
    await influxdb?.restart();
    throw error;
  }
  await Promise.all([kills(), back()]);
}

/** Waits for part of the outage; then all that was accepted in it must be in the books, though InfluxDB is still away. */
async function depositsInOutage(system: System, visits: Visits): Promise<Delays> {
  const fromMs = Date.now();
  await pause(OUTAGE_QUIET_MS - POSTED_MS_MAX);
  const toMs = Date.now();
  await pause(POSTED_MS_MAX);
  return delaysOf(system, visits, { fromMs, toMs });
}

/** Kills by the plan; a supervisor starts each process again. In the middle the database is killed too, when it is a server. */
async function killAll(system: System, kills: Kill[], postgresql: Postgresql | undefined): Promise<void> {
  const byName = new Map(system.services().map((service) => [service.name.replace(/^edge-/, ""), service]));
  const restarts = new Map<string, Promise<void>>();
  for (const [index, { name, afterMs, downMs }] of kills.entries()) {
    await pause(afterMs);
    if (index === Math.floor(kills.length / 2) && postgresql !== undefined) {
      await postgresql.kill();
      await postgresql.restart();
    }
    // Killed while it starts is fair, but a supervisor has one process of a name.
    await restarts.get(name);
    const service = byName.get(name);
    await service?.kill();
    restarts.set(
      name,
      pause(downMs).then(() => service?.start()),
    );
  }
  await Promise.all(restarts.values());
}

/** What the API says that members have saved is what the receipts add up to. */
async function expectSavingsEqual({ admin }: System, members: Member[], { receipts }: Visits): Promise<void> {
  for (const { id } of members) {
    const { balance } = await admin.read(`/v1/members/${id}/account`);
    const own = receipts.filter(({ member }) => member === id);
    expect(balance, id).toBe(own.reduce((sum, { totalIdr }) => sum + totalIdr, 0));
  }
}

function told({ count, medianMs, worstMs }: Delays): string {
  return `${count} posted after ${medianMs} ms at the median, ${worstMs} ms at worst`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

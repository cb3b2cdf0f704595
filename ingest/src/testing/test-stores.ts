/** Stores for tests: real SQLite files in a folder of their own, with one waste bank, its terminal, a bin and a member. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { amountIdr } from "@jumpa-madu/contracts/amount";
import type { Stream } from "@jumpa-madu/contracts/envelope";
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { BinLevel } from "@jumpa-madu/contracts/readings";
import type { Deposit } from "@jumpa-madu/contracts/records";
import { migrate } from "@jumpa-madu/store/migrate";
import { registerNode } from "@jumpa-madu/store/node-registry";
import { openTelemetry } from "@jumpa-madu/store/open-telemetry";
import { LIMITS_PER_NODE_AND_DAY } from "@jumpa-madu/store/quarantine";
import { openRelational, type RelationalStore } from "@jumpa-madu/store/relational-store";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import { sql } from "kysely";
import { SHARD } from "./test-node.ts";

const MEMBER = newEventId(1_700_000_000_000);
const PRICE = newEventId(1_700_000_000_001);
const CREATED_MS = 1_700_000_000_000;

export interface TestStores {
  store: RelationalStore;
  telemetry: TelemetryStore;
  folder: string;
  /** Closes both and removes their files. */
  close(): Promise<void>;
}

/** Opens stores with node `node-1`, its bin `bin-1` and its scale `scale-1`. Telemetry is prepared. */
export async function openTestStores(): Promise<TestStores> {
  const folder = mkdtempSync(join(tmpdir(), "jumpa-madu-ingest-"));
  const store = openRelational(`sqlite:${join(folder, "books.sqlite")}`, () => undefined);
  await migrate(store);
  await seed(store);
  const telemetry = openTelemetry(`sqlite:${join(folder, "telemetry.sqlite")}`);
  await telemetry.prepare();
  return {
    store,
    telemetry,
    folder,
    async close() {
      await telemetry.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Registers what tests speak of. */
export async function seed({ db }: RelationalStore): Promise<void> {
  const created_ms = CREATED_MS;
  const place = { zone_id: "zone-1", lat: 3.55, lon: 98.87, created_ms };
  await db.insertInto("zones").values({ id: "zone-1", name: "Zone 1" }).execute();
  await db
    .insertInto("waste_banks")
    .values({ id: "bank-1", name: "Bank 1", ...place })
    .execute();
  await registerNode(db, { id: "node-1", shard: SHARD, name: "Node 1", wasteBank: "bank-1" }, created_ms);
  await registerBin(db, "bin-1", "node-1");
  await db
    .insertInto("scales")
    .values({
      id: "scale-1",
      name: "Scale 1",
      waste_bank_id: "bank-1",
      capacity_g: 150_000,
      division_g: 50,
      verified_until_ms: null,
      created_ms,
    })
    .execute();
  await db
    .insertInto("devices")
    .values({
      id: "device-scale-1",
      node_id: "node-1",
      bin_id: null,
      scale_id: "scale-1",
      port: "{}",
      created_ms,
      retired_ms: null,
    })
    .execute();
  await db
    .insertInto("materials")
    .values({ id: "pet", name: "PET", category: "plastic", created_ms })
    .execute();
  await db
    .insertInto("prices")
    .values({
      id: PRICE,
      material_id: "pet",
      waste_bank_id: null,
      price_idr_per_kg: 3_000,
      valid_from_ms: created_ms,
      created_ms,
      created_by: "test",
    })
    .execute();
  await db
    .insertInto("members")
    .values({ id: MEMBER, number: "M-1", waste_bank_id: "bank-1", created_ms })
    .execute();
}

/** Registers a bin at a node. */
export async function registerBin(db: RelationalStore["db"], bin: string, node: string): Promise<void> {
  const created_ms = CREATED_MS;
  await db
    .insertInto("bins")
    .values({ id: bin, name: bin, zone_id: "zone-1", lat: 3.55, lon: 98.87, capacity_l: 660, created_ms })
    .execute();
  await db
    .insertInto("devices")
    .values({
      id: `device-${bin}`,
      node_id: node,
      bin_id: bin,
      scale_id: null,
      port: "{}",
      created_ms,
      retired_ms: null,
    })
    .execute();
}

/** A level of `bin-1`, `index` seconds into a recent hour, so that no two share a millisecond. */
export function level(index: number, more: Partial<BinLevel> = {}): BinLevel {
  return {
    kind: "bin_level",
    bin: "bin-1",
    t: Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000 + index * 100,
    distance_mm: 800,
    fill: 0.5,
    quality: "accepted",
    ...more,
  };
}

/** A deposit of one line that the books accept. */
export function deposit(receiptNo: string, grams = 1_500): Deposit {
  const amount = amountIdr(grams, 3_000);
  return {
    kind: "deposit",
    id: newEventId(),
    t: Date.now(),
    waste_bank: "bank-1",
    member: MEMBER,
    receipt_no: receiptNo,
    lines: [
      {
        material: "pet",
        price: PRICE,
        price_idr_per_kg: 3_000,
        gross_g: grams,
        tare_g: 0,
        net_g: grams,
        stable: true,
        scale: "scale-1",
        raw: "53542c47532c",
        amount_idr: amount,
      },
    ],
    total_idr: amount,
  };
}

/** What stands in quarantine, in order of numbers. */
export function quarantineRows({ db }: RelationalStore) {
  return db.selectFrom("quarantine").selectAll().orderBy("seq").orderBy("id").execute();
}

/** Fills all the room that quarantine has today for what a node sends on a stream. */
export async function fillQuarantine(
  { db }: RelationalStore,
  stream: Stream,
  node = "node-1",
): Promise<void> {
  const { rowsMax } = LIMITS_PER_NODE_AND_DAY[stream];
  await sql`with recursive n(seq) as (select 1 union all select seq + 1 from n where seq < ${rowsMax})
    insert into quarantine (id, node_id, topic, stream, epoch, seq, code, reason, body, received_ms)
    select ${`${stream}-${node}-`} || seq, ${node}, 't', ${stream}, 'filled', seq, 'schema', '', '', ${Date.now()} from n`.execute(
    db,
  );
}

/** Registers a simulated fleet in the relational store: nodes, bins, scales, waste banks, members, materials, prices. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { insertBin } from "@jumpa-madu/store/bins";
import { bindDevice } from "@jumpa-madu/store/devices";
import { insertMaterial } from "@jumpa-madu/store/materials";
import { insertMember } from "@jumpa-madu/store/members";
import { migrate } from "@jumpa-madu/store/migrate";
import { registerNode, rotateNodeSecret } from "@jumpa-madu/store/node-registry";
import { insertPrice } from "@jumpa-madu/store/prices";
import { openRelational, type RelationalStore, type Tx } from "@jumpa-madu/store/relational-store";
import { insertScale } from "@jumpa-madu/store/scales";
import { insertWasteBank } from "@jumpa-madu/store/waste-banks";
import { insertZone } from "@jumpa-madu/store/zones";
import type { Credentials } from "./credentials.ts";

/** Nodes of one transaction, so that services that use the database beside us need not wait long. */
const NODES_PER_TRANSACTION = 200;

/** Members of each simulated waste bank. */
const MEMBERS_PER_BANK = 3;

/** Zone that everything simulated stands in, around Lubuk Pakam. */
const ZONE = { id: "sim-zone", name: "Simulated" };
const CENTRE = { lat: 3.5595, lon: 98.8768 };

/** Materials of simulated deposits, with rupiah per kilogram. */
const MATERIALS = [
  { id: "sim-pet", name: "Simulated PET", category: "plastic", priceIdrPerKg: 3_000 },
  { id: "sim-paper", name: "Simulated paper", category: "paper", priceIdrPerKg: 1_500 },
  { id: "sim-iron", name: "Simulated iron", category: "metal", priceIdrPerKg: 4_250 },
];

/** How large a fleet is to be registered. */
export interface FleetSize {
  shard: string;
  bins: number;
  scales: number;
  binsPerNode: number;
}

type Prices = NonNullable<Credentials["prices"]>;

/**
 * Registers the fleet and answers its credentials. May be called again with the same or another size: what exists is
 * kept, and its nodes get new secrets. Migrates the database. Throws what the store throws.
 */
export async function registerFleet(databaseUrl: string, size: FleetSize): Promise<Credentials[]> {
  const store = openRelational(databaseUrl, () => undefined);
  try {
    await migrate(store);
    const prices = await store.transaction((tx) => keepTrade(tx));
    return [...(await keepBinNodes(store, size)), ...(await keepTerminals(store, size, prices))];
  } finally {
    await store.close();
  }
}

/** Zone, materials and their prices. */
async function keepTrade(tx: Tx): Promise<Prices> {
  const nowMs = Date.now();
  if (!(await exists(tx, "zones", ZONE.id))) await insertZone(tx, ZONE);
  const prices: Prices = [];
  for (const { priceIdrPerKg, ...material } of MATERIALS) {
    if (!(await exists(tx, "materials", material.id)))
      await insertMaterial(tx, { ...material, condition: "", sipsnClass: null }, { by: "sim", nowMs });
    const known = await tx
      .selectFrom("prices")
      .select("id")
      .where("material_id", "=", material.id)
      .where("price_idr_per_kg", "=", priceIdrPerKg)
      .where("waste_bank_id", "is", null)
      .executeTakeFirst();
    const id = known?.id ?? newEventId(nowMs);
    if (known === undefined) {
      const price = { id, material: material.id, wasteBank: null, priceIdrPerKg, validFromMs: nowMs };
      await insertPrice(tx, { ...price, createdBy: "sim", createdMs: nowMs });
    }
    prices.push({ id, material: material.id, price_idr_per_kg: priceIdrPerKg });
  }
  return prices;
}

async function keepBinNodes(store: RelationalStore, size: FleetSize): Promise<Credentials[]> {
  const { bins, binsPerNode, shard } = size;
  return await inParts(store, Math.ceil(bins / binsPerNode), async (tx, index) => {
    const id = numbered("sim-node", index);
    const firstBin = index * binsPerNode;
    const own = Array.from({ length: Math.min(binsPerNode, bins - firstBin) }, (_, at) =>
      numbered("sim-bin", firstBin + at),
    );
    const secret = await keepNode(tx, { id, shard, name: id, wasteBank: null });
    for (const [at, bin] of own.entries()) await keepBin(tx, { node: id, bin, index: firstBin + at, at });
    return { id, secret, bins: own };
  });
}

async function keepBin(tx: Tx, of: { node: string; bin: string; index: number; at: number }): Promise<void> {
  const { node, bin, index, at } = of;
  const nowMs = Date.now();
  if (!(await exists(tx, "bins", bin))) {
    // A spiral of 25 m steps: a map shows each bin, and a seedless place stays the same.
    const angle = index * 2.4;
    const radius = 0.00022 * Math.sqrt(index + 1);
    const place = { lat: CENTRE.lat + radius * Math.sin(angle), lon: CENTRE.lon + radius * Math.cos(angle) };
    await insertBin(tx, {
      id: bin,
      name: bin,
      zone: ZONE.id,
      ...place,
      capacityL: 660,
      createdMs: nowMs,
    });
  }
  const bound = await tx
    .selectFrom("devices")
    .select("node_id")
    .where("bin_id", "=", bin)
    .where("retired_ms", "is", null)
    .executeTakeFirst();
  if (bound?.node_id === node) return;
  // The bin moves when the fleet is registered again with another number of bins on a node.
  if (bound !== undefined) await retireBinding(tx, bin, nowMs);
  await freePath(tx, { node, path: pathOf(at), nowMs });
  const calibration = { empty_mm: 1_200, full_mm: 150 };
  await bind(tx, { node, port: { protocol: "a02yyuw", path: pathOf(at), bin, calibration } }, nowMs);
}

async function keepTerminals(
  store: RelationalStore,
  { scales, shard }: FleetSize,
  prices: Prices,
): Promise<Credentials[]> {
  return await inParts(store, scales, async (tx, index) => {
    const nowMs = Date.now();
    const [id, wasteBank, scale] = ["sim-terminal", "sim-bank", "sim-scale"].map((kind) =>
      numbered(kind, index),
    );
    if (id === undefined || wasteBank === undefined || scale === undefined) throw new RangeError("no names");
    if (!(await exists(tx, "waste_banks", wasteBank)))
      await insertWasteBank(
        tx,
        {
          id: wasteBank,
          name: wasteBank,
          parent: null,
          zone: ZONE.id,
          ...CENTRE,
          createdMs: nowMs,
        },
        "sim",
      );
    const secret = await keepNode(tx, { id, shard, name: id, wasteBank });
    if (!(await exists(tx, "scales", scale))) {
      const capacity = { capacityG: 150_000, divisionG: 50, verifiedUntilMs: null };
      await insertScale(tx, { id: scale, name: scale, wasteBank, ...capacity, createdMs: nowMs });
      await bind(tx, { node: id, port: { protocol: "st-gs", path: pathOf(0), scale } }, nowMs);
    }
    const members: string[] = [];
    for (let count = 1; count <= MEMBERS_PER_BANK; count++)
      members.push(await keepMember(tx, { wasteBank, number: `${scale.toUpperCase()}-${count}` }));
    return { id, secret, scales: [scale], waste_bank: wasteBank, members, prices };
  });
}

/** A member without personal data: shown by the number. */
async function keepMember(
  tx: Tx,
  { wasteBank, number }: { wasteBank: string; number: string },
): Promise<string> {
  const known = await tx.selectFrom("members").select("id").where("number", "=", number).executeTakeFirst();
  if (known !== undefined) return known.id;
  const member = { number, kind: "individual", card: null, wasteBank } as const;
  return (await insertMember(tx, { member, nowMs: Date.now() })).id;
}

async function keepNode(
  tx: Tx,
  node: { id: string; shard: string; name: string; wasteBank: string | null },
): Promise<string> {
  const nowMs = Date.now();
  if (!(await exists(tx, "nodes", node.id))) return await registerNode(tx, node, nowMs);
  await tx.updateTable("nodes").set({ shard: node.shard }).where("id", "=", node.id).execute();
  return (await rotateNodeSecret(tx, node.id, nowMs)) ?? "";
}

async function bind(tx: Tx, device: Parameters<typeof bindDevice>[1], nowMs: number): Promise<void> {
  const outcome = await bindDevice(tx, device, nowMs);
  if (outcome.kind === "refused") throw new Error(`${device.node}: ${outcome.reason}`);
}

/** Retires whatever hangs on a port. */
async function freePath(tx: Tx, on: { node: string; path: string; nowMs: number }): Promise<void> {
  const bound = await tx
    .selectFrom("devices")
    .select(["id", "port"])
    .where("node_id", "=", on.node)
    .where("retired_ms", "is", null)
    .execute();
  const ids = bound.filter(({ port }) => JSON.parse(port).path === on.path).map(({ id }) => id);
  if (ids.length > 0)
    await tx.updateTable("devices").set({ retired_ms: on.nowMs }).where("id", "in", ids).execute();
}

async function retireBinding(tx: Tx, bin: string, nowMs: number): Promise<void> {
  await tx
    .updateTable("devices")
    .set({ retired_ms: nowMs })
    .where("bin_id", "=", bin)
    .where("retired_ms", "is", null)
    .execute();
}

async function exists(
  tx: Tx,
  table: "zones" | "materials" | "waste_banks" | "nodes" | "bins" | "scales",
  id: string,
): Promise<boolean> {
  return (await tx.selectFrom(table).select("id").where("id", "=", id).executeTakeFirst()) !== undefined;
}

/** Does something for 0 to `count` - 1, a number of them in each transaction. */
async function inParts<T>(
  store: RelationalStore,
  count: number,
  work: (tx: Tx, index: number) => Promise<T>,
): Promise<T[]> {
  const done: T[] = [];
  while (done.length < count) {
    const from = done.length;
    const part = await store.transaction(async (tx) => {
      const some: T[] = [];
      for (let index = from; index < Math.min(count, from + NODES_PER_TRANSACTION); index++)
        some.push(await work(tx, index));
      return some;
    });
    done.push(...part);
  }
  return done;
}

/** `sim-bin-00001` for the first. */
function numbered(kind: string, index: number): string {
  return `${kind}-${String(index + 1).padStart(5, "0")}`;
}

function pathOf(port: number): string {
  return `/dev/simulated/${port}`;
}

/** Deposits for tests, posted as ingest posts them. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Deposit, LedgerRecord } from "@jumpa-madu/contracts/records";
import { postRecord } from "@jumpa-madu/store/post-record";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import type { TestApi } from "./api-fixture.ts";

/** Price of both materials, rupiah a kilogram. */
const PRICE_IDR_PER_KG = 3_500;

/** Time for which the price has held, in milliseconds: deposits of the last minutes need it, and more is not allowed. */
const PRICE_AGE_MS = 4 * 60_000;

/** Where deposits are taken: a node with a scale at each of the two waste banks, and the price. */
export interface Counter {
  price: string;
}

/** Binds the scales to nodes and sets a price. */
export async function openCounters({ call }: TestApi): Promise<Counter> {
  await call("admin", "POST", "/v1/nodes", {
    body: { id: "node-2", name: "Terminal 2", waste_bank: "wb-2" },
  });
  for (const n of ["1", "2"]) {
    const port = { path: "/dev/ttyUSB0", protocol: "st-gs", scale: `scale-${n}` };
    const bound = await call("admin", "POST", `/v1/nodes/node-${n}/devices`, { body: { port } });
    if (bound.statusCode !== 201) throw new Error(bound.body);
  }
  const body = {
    material: "pet",
    price_idr_per_kg: PRICE_IDR_PER_KG,
    valid_from: Date.now() - PRICE_AGE_MS,
  };
  const price = await call("admin", "POST", "/v1/prices", { body });
  return { price: price.json().id };
}

/** A deposit of `weightsG` grams of PET, one line each, at waste bank 1 or 2. */
export function sampleDeposit(
  counter: Counter,
  {
    member,
    weightsG,
    at = "1",
    t = Date.now(),
  }: { member: string; weightsG: number[]; at?: "1" | "2"; t?: number },
): Deposit {
  const id = newEventId();
  const lines = weightsG.map((netG) => ({
    material: "pet",
    price: counter.price,
    price_idr_per_kg: PRICE_IDR_PER_KG,
    gross_g: netG,
    tare_g: 0,
    net_g: netG,
    stable: true,
    scale: `scale-${at}`,
    raw: "53542c",
    amount_idr: amountIdr(netG, PRICE_IDR_PER_KG),
  }));
  return {
    kind: "deposit",
    id,
    t,
    waste_bank: `wb-${at}`,
    member,
    receipt_no: `R${at}-${id.slice(-12).toUpperCase()}`,
    lines,
    total_idr: lines.reduce((sum, line) => sum + line.amount_idr, 0),
  };
}

/** Posts a record of node 1 or 2. Throws when it is refused. */
export async function post(store: RelationalStore, record: LedgerRecord, node = "node-1"): Promise<void> {
  const origin = { node, receivedMs: Date.now() };
  const outcome = await store.transaction((tx) => postRecord(tx, origin, record));
  if (outcome.kind !== "posted") throw new Error(JSON.stringify(outcome));
}

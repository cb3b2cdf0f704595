import { randomUUID } from "node:crypto";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { quarantine } from "@jumpa-madu/store/quarantine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi, type Who } from "../testing/api-fixture.ts";
import { openCounters } from "../testing/sample-deposit.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await openCounters(api);
});
afterAll(() => api.close());

const get = (url: string, who: Who = "staff") => api.call(who, "GET", url);
const post = (url: string, body?: object, who: Who = "staff") =>
  api.call(who, "POST", url, body === undefined ? {} : { body });

test.each(["/v1/reports/mass-balance?from=2026-01-01&to=2026-01-02&", "/v1/solvency?", "/v1/deposits?"])(
  "a waste bank that does not exist is told of, at %s",
  async (url) => {
    const answer = await get(`${url}waste_bank=bsu-zz`);
    expect([answer.statusCode, answer.json().detail]).toEqual([422, "there is no waste bank bsu-zz"]);
  },
);

test("a body that does not fit is told in words, once for each field", async () => {
  const faults = async (url: string, body?: object) => (await post(url, body)).json().faults;
  expect(await faults(`/v1/payouts/${newEventId()}/cancel`)).toEqual([
    { path: "/", message: "send a JSON object with: reason" },
  ]);
  expect(await faults(`/v1/payouts/${newEventId()}/cancel`, { reason: " " })).toEqual([
    { path: "/reason", message: "at least 3 characters that are no spaces" },
  ]);
  expect(await faults(`/v1/deposits/${newEventId()}/void`, { id: randomUUID(), reason: "salah" })).toEqual([
    { path: "/id", message: "must be a UUIDv7, drawn by you" },
  ]);
  expect((await get("/v1/quarantine?state=x")).json().faults).toEqual([
    { path: "/querystring/state", message: "must be one of: open, set_aside" },
  ]);
});

test("who may not is told which roles may", async () => {
  expect((await get("/v1/quarantine", "operator")).json().detail).toBe(
    "the role operator may not do this; these may: admin, staff",
  );
});

test("a price of what does not exist says which of the two it is", async () => {
  const detail = async (more: object) =>
    (await post("/v1/prices", { material: "pet", price_idr_per_kg: 1, ...more })).json().detail;
  expect(await detail({ material: "emas" })).toBe("there is no material emas");
  expect(await detail({ waste_bank: "bsu-zz" })).toBe("there is no waste bank bsu-zz");
});

test("the price list in force at a waste bank has one row for each material, the own price before the general", async () => {
  const own = { material: "pet", waste_bank: "wb-1", price_idr_per_kg: 4_321 };
  expect((await post("/v1/prices", own)).statusCode).toBe(201);
  const priceAt = async (wasteBank: string) =>
    (await get(`/v1/prices?waste_bank=${wasteBank}&material=pet`))
      .json()
      .items.map((price: { price_idr_per_kg: number }) => price.price_idr_per_kg);
  expect(await priceAt("wb-1")).toEqual([4_321]);
  expect(await priceAt("wb-2")).toEqual([3_500]);
});

test("reconciliations are answered without naming a provider", async () => {
  expect((await get("/v1/payout-reconciliations")).json()).toEqual({ items: [] });
});

test("an item of the quarantine is put aside once, with a reason, and listed by its state", async () => {
  const item = { node: null, topic: "t", stream: null, epoch: null, seq: null, reason: "x", body: "x" };
  await quarantine(api.store.db, [{ ...item, code: "oversize", receivedMs: 1 }]);
  const listed = async (state: string) =>
    (await get(`/v1/quarantine?code=oversize&state=${state}`)).json().items;
  const [{ id }] = await listed("open");
  const aside = (who: Who) => post(`/v1/quarantine/${id}/set-aside`, { reason: "sudah dilihat" }, who);
  expect((await aside("operator")).statusCode).toBe(403);
  expect((await aside("staff")).statusCode).toBe(200);
  expect((await aside("admin")).statusCode).toBe(409);
  expect(await listed("open")).toEqual([]);
  expect(await listed("set_aside")).toMatchObject([{ id, set_aside_reason: "sudah dilihat" }]);
  const deeds = (await get(`/v1/audit-events?subject=quarantine:${id}`)).json().items;
  expect(deeds).toMatchObject([{ action: "quarantine.set_aside", reason: "sudah dilihat" }]);
});

import { expect, it, test } from "vitest";
import { onEachEngine } from "../../store/src/relational/engine-suite.ts";
import { dayToClose, sealAndClose } from "./nightly.ts";

test.each([
  ["2026-11-23T17:29:59.999Z", "2026-11-22", "within half an hour after midnight in WIB"],
  ["2026-11-23T17:30:00.000Z", "2026-11-23", "half an hour after midnight"],
  ["2026-11-24T16:59:59.999Z", "2026-11-23", "just before the next midnight"],
])("at %s the day to close is %s, %s", (now, day) => {
  expect(dayToClose(Date.parse(now))).toBe(day);
});

onEachEngine("the nightly close", (suite) => {
  it("begins with the day on which the first waste bank was made", async () => {
    const { db } = suite.store;
    const madeMs = Date.parse("2026-11-24T10:00:00+07:00");
    const at = (moment: string) => sealAndClose(suite.store, Date.parse(moment));
    expect(await at("2026-11-24T09:00:00+07:00")).toBeNull();
    await db.insertInto("zones").values({ id: "zone", name: "x" }).execute();
    const place = { name: "x", zone_id: "zone", lat: 3.5, lon: 98.8, created_ms: madeMs };
    await db
      .insertInto("waste_banks")
      .values({ id: "bsu-satu", ...place })
      .execute();
    expect(await at("2026-11-24T10:01:00+07:00")).toBeNull();
    expect(await at("2026-11-25T00:29:00+07:00")).toBeNull();
    const run = await at("2026-11-25T00:30:00+07:00");
    expect(run?.closed).toMatchObject([{ wasteBank: "bsu-satu", day: "2026-11-24" }]);
    expect(await at("2026-11-25T00:31:00+07:00")).toBeNull();
  });
});

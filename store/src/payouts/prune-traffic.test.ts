import { newEventId } from "@jumpa-madu/contracts/ids";
import { beforeAll, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import { type SampleBank, sampleBank, sending } from "./payout-fixture.ts";
import {
  INBOX_DONE_KEPT_MS,
  INBOX_PARKED_KEPT_MS,
  PROVIDER_ANSWERS_KEPT_MS,
  PRUNED_ROWS_MAX,
  pruneProviderTraffic,
} from "./prune-traffic.ts";

/** The triggers measure by the clock of the database, so these tests do as well. */
const MINUTE_MS = 60_000;

onEachEngine("what providers have said", (suite) => {
  let bank: SampleBank;
  let attempt: string;
  beforeAll(async () => {
    bank = await sampleBank(suite.store, 100_000);
    attempt = await sending(bank);
  });

  async function answers(ageMs: number, rows = 1): Promise<void> {
    const row = {
      attempt_id: attempt,
      at_ms: Date.now() - ageMs,
      call: "lookup" as const,
      http_status: 200,
      sealed_body: null,
      outcome: "pending",
    };
    await suite.store.db
      .insertInto("provider_answers")
      .values(Array.from({ length: rows }, () => ({ ...row, id: newEventId() })))
      .execute();
  }

  async function message(state: "new" | "done" | "parked", settledAgoMs: number): Promise<string> {
    const id = newEventId();
    const settledMs = Date.now() - settledAgoMs;
    await suite.store.db
      .insertInto("webhook_inbox")
      .values({
        id,
        provider: "flip-v3",
        dedupe: id,
        sealed_body: new Uint8Array(1),
        received_ms: settledMs - MINUTE_MS,
        state,
        reason: state === "parked" ? "no such payout" : null,
        settled_ms: state === "new" ? null : settledMs,
      })
      .execute();
    return id;
  }

  const answersLeft = async () =>
    (await suite.store.db.selectFrom("provider_answers").select("id").execute()).length;
  const messagesLeft = async () =>
    (await suite.store.db.selectFrom("webhook_inbox").select("id").execute()).map(({ id }) => id).sort();

  it("is forgotten when it has been kept long enough, and not before", async () => {
    await answers(PROVIDER_ANSWERS_KEPT_MS + MINUTE_MS);
    await answers(PROVIDER_ANSWERS_KEPT_MS - MINUTE_MS);
    const kept = [
      await message("done", INBOX_DONE_KEPT_MS - MINUTE_MS),
      await message("parked", INBOX_DONE_KEPT_MS + MINUTE_MS),
      await message("parked", INBOX_PARKED_KEPT_MS - MINUTE_MS),
      await message("new", INBOX_PARKED_KEPT_MS + MINUTE_MS),
    ];
    await message("done", INBOX_DONE_KEPT_MS + MINUTE_MS);
    await message("parked", INBOX_PARKED_KEPT_MS + MINUTE_MS);
    expect(await pruneProviderTraffic(suite.store, Date.now())).toBe(3);
    expect(await answersLeft()).toBe(1);
    expect(await messagesLeft()).toEqual(kept.sort());
  });

  it("is not forgotten earlier by whoever asks the database itself", async () => {
    await expect(suite.store.db.deleteFrom("provider_answers").execute()).rejects.toThrow(/^LG001/);
    for (const state of ["new", "done", "parked"] as const) {
      const remains = suite.store.db.deleteFrom("webhook_inbox").where("state", "=", state).execute();
      await expect(remains, state).rejects.toThrow(/^LG001/);
    }
  });

  it("goes in turns of so many rows", async () => {
    await answers(PROVIDER_ANSWERS_KEPT_MS + MINUTE_MS, PRUNED_ROWS_MAX + 1);
    expect(await pruneProviderTraffic(suite.store, Date.now())).toBe(PRUNED_ROWS_MAX);
    expect(await pruneProviderTraffic(suite.store, Date.now())).toBe(1);
    expect(await answersLeft()).toBe(1);
  });
});

/** The inbox and the reconciliation: kept once, worked through, put aside with a reason, never lost. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { afterEach, beforeEach, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { Tx } from "../relational/relational-store.ts";
import { answer, claim, type SampleBank, sampleBank, sending } from "./payout-fixture.ts";
import {
  attemptsSince,
  floatOf,
  keepReconciliation,
  RECONCILED_ROWS_MAX,
  reconciliationsOf,
} from "./reconciliation.ts";
import { listAlarms } from "./reviews.ts";
import {
  handleParked,
  keepWebhook,
  listParked,
  openWebhook,
  parkWebhook,
  sealWebhookFor,
  settleWebhook,
} from "./webhook-inbox.ts";

onEachEngine("what a provider tells", (suite) => {
  let bank: SampleBank;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, 1_000_000);
  });
  afterEach(() => bank.desk.vault.close());

  const body = new TextEncoder().encode('{"account_number":"1234567890"}');
  const keep = (dedupe: string) =>
    suite.store.transaction((tx) =>
      keepWebhook(bank.desk.vault, tx, { provider: "xendit-v2", dedupe, body, nowMs: bank.nowMs }),
    );

  const indexOf = (dedupe: string) => bank.desk.vault.blindIndex("webhook", dedupe);

  it("unasked is kept once, sealed, with a job; also when it comes twice at once", async () => {
    const dedupe = newEventId();
    const both = await Promise.all([keep(dedupe), keep(dedupe)]);
    expect(both.sort()).toEqual(["new", "seen"]);
    expect(await keep(dedupe)).toBe("seen");
    const job = await claim(bank, "inbox", bank.nowMs);
    const message = await openWebhook(bank.desk.vault, suite.store.db, job?.subject ?? "");
    expect(message).toMatchObject({ dedupe: indexOf(dedupe), state: "new" });
    expect(Buffer.from(message?.body ?? []).toString()).toContain("1234567890");
    const row = await suite.store.db
      .selectFrom("webhook_inbox")
      .selectAll()
      .where("dedupe", "=", indexOf(dedupe))
      .executeTakeFirstOrThrow();
    expect(Buffer.from(row.sealed_body).toString("latin1")).not.toContain("1234567890");
    expect(await claim(bank, "inbox", bank.nowMs)).toBeNull();
  });

  it("and fits nothing is put aside with its reason; what is done stays done", async () => {
    const [parked, done] = [newEventId(), newEventId()];
    await keep(parked);
    await keep(done);
    await suite.store.transaction(async (tx) => {
      await parkWebhook(tx, await idOf(tx, parked), { reason: "no such payout", nowMs: bank.nowMs });
      await settleWebhook(tx, await idOf(tx, done), bank.nowMs);
      await parkWebhook(tx, await idOf(tx, done), { reason: "late", nowMs: bank.nowMs });
    });
    const { items } = await listParked(suite.store.db, { isOpen: true }, { limit: 10, after: null });
    expect(items.find(({ dedupe }) => dedupe === indexOf(parked))).toMatchObject({
      reason: "no such payout",
    });
    expect(items.find(({ dedupe }) => dedupe === indexOf(done))).toBeUndefined();
    const alarms = suite.store.db
      .selectFrom("payout_alarms")
      .select("seen_ms")
      .where("kind", "=", "parked_messages")
      .where("seen_ms", "is", null);
    expect(await alarms.execute()).toHaveLength(1);
    const message = items.find(({ dedupe }) => dedupe === indexOf(parked))?.id ?? "";
    const handle = (actor: string, id = message) =>
      suite.store.transaction((tx) =>
        handleParked(tx, { message: id, note: "uji coba penyedia", actor, nowMs: bank.nowMs }),
      );
    expect(await handle(bank.staff)).toMatchObject({ kind: "handled" });
    expect(await handle(bank.staff)).toMatchObject({ kind: "repeated" });
    expect(await handle(bank.chief)).toMatchObject({ code: "conflict" });
    expect(await handle(bank.staff, "nothing")).toMatchObject({ code: "unknown" });
    const left = await listParked(suite.store.db, { isOpen: true }, { limit: 10, after: null });
    expect(left.items.map(({ id }) => id)).not.toContain(message);
    const all = await listParked(suite.store.db, { isOpen: false }, { limit: 10, after: null });
    expect(all.items.find(({ id }) => id === message)?.handled).toEqual({
      by: bank.staff,
      note: "uji coba penyedia",
      atMs: bank.nowMs,
    });
    const deed = suite.store.db
      .selectFrom("audit_events")
      .select(["action", "reason"])
      .where("subject", "=", `payout_message:${message}`);
    expect(await deed.execute()).toEqual([{ action: "payout_message.settled", reason: "uji coba penyedia" }]);
  });

  it("dies with the key of whom it is about, and one that comes later is emptied", async () => {
    const { vault } = bank.desk;
    const sealed = async (dedupe: string) => {
      await keep(dedupe);
      const id = await suite.store.transaction((tx) => idOf(tx, dedupe));
      const about = { id, member: bank.member, attempt: null, body };
      await suite.store.transaction((tx) => sealWebhookFor(vault, tx, about));
      return id;
    };
    const other = await sampleBank(suite.store, 0);
    await other.desk.vault.close();
    const opened = async (id: string) =>
      Buffer.from((await openWebhook(vault, suite.store.db, id))?.body ?? []);
    const early = await sealed(newEventId());
    expect(await opened(early)).toEqual(Buffer.from(body));
    const again = { id: early, member: other.member, attempt: null, body };
    await suite.store.transaction((tx) => sealWebhookFor(vault, tx, again));
    expect(await opened(early)).toEqual(Buffer.from(body));
    const change = suite.store.db
      .updateTable("webhook_inbox")
      .set({ sealed_body: body })
      .where("id", "=", early);
    await expect(change.execute()).rejects.toThrow(/LG001/);
    await vault.destroyKeyOf(bank.member);
    expect((await openWebhook(vault, suite.store.db, early))?.body).toBeNull();
    const late = await sealed(newEventId());
    expect(await openWebhook(vault, suite.store.db, late)).toMatchObject({ body: null, state: "new" });
  });

  it("is compared day by day with what the books say", async () => {
    const before = await floatOf(suite.store.db, "xendit-v2");
    const attempt = await sending(bank);
    await answer(bank, attempt, { outcome: { kind: "succeeded" } });
    expect(await floatOf(suite.store.db, "xendit-v2")).toBe(before - 50_000);
    const since = { provider: "xendit-v2", sinceMs: bank.nowMs, afterId: null } as const;
    expect((await attemptsSince(suite.store.db, since)).map(({ id }) => id)).toContain(attempt);
    expect(await attemptsSince(suite.store.db, { ...since, afterId: attempt })).toEqual([]);
    expect(await attemptsSince(suite.store.db, { ...since, sinceMs: bank.nowMs + 1 })).toEqual([]);
    expect(RECONCILED_ROWS_MAX).toBeGreaterThan(0);

    const day = {
      day: "2026-01-02",
      provider: "xendit-v2" as const,
      ourFloatIdr: -50_000,
      nowMs: bank.nowMs,
    };
    const finding = { kind: "balance_differs", attempt: null, detail: "Rp 1" };
    await suite.store.transaction((tx) =>
      keepReconciliation(tx, { ...day, providerBalanceIdr: null, findings: [] }),
    );
    await suite.store.transaction((tx) =>
      keepReconciliation(tx, { ...day, providerBalanceIdr: -49_999, findings: [finding] }),
    );
    expect(await reconciliationsOf(suite.store.db, "xendit-v2", 5)).toMatchObject([
      { day: "2026-01-02", differenceIdr: 1, findings: [finding] },
    ]);
    const alarms = await listAlarms(suite.store.db, { isOpen: true }, { limit: 10, after: null });
    expect(alarms.items.some(({ kind }) => kind === "reconciliation")).toBe(true);
  });

  async function idOf(tx: Tx, dedupe: string): Promise<string> {
    const row = await tx
      .selectFrom("webhook_inbox")
      .select("id")
      .where("dedupe", "=", indexOf(dedupe))
      .executeTakeFirstOrThrow();
    return row.id;
  }
});

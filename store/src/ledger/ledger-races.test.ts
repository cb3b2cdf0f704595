/** Many connections at once on PostgreSQL: what fits is accepted, to the rupiah, and nothing is lost. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { onEngine, openQuietly } from "../relational/engine-suite.ts";
import type { RelationalStore, Tx } from "../relational/relational-store.ts";
import { availableOf, balanceOf, findAccount } from "./account.ts";
import { type JournalOutcome, type JournalRequest, postJournal, reversalOf } from "./post-journal.ts";
import { give, journalOf, NOW_MS, posted, type SampleAccounts, sampleAccounts } from "./sample-accounts.ts";
import { verifySample } from "./sample-journals.ts";

/** Each store has a pool of eight connections. */
const STORES = 3;
const CLIENTS = 20;

onEngine("postgres", "the ledger under many connections", (suite) => {
  const stores: RelationalStore[] = [];
  let a: SampleAccounts;
  beforeAll(() => {
    for (let count = 0; count < STORES; count++) stores.push(openQuietly(suite.url));
  });
  afterAll(() => Promise.all(stores.map((store) => store.close())));
  beforeEach(async () => {
    a = await sampleAccounts(suite.store);
  });

  /** Lets every client post its requests one after the other, all clients at once. */
  async function postAll(requestsOfClient: (client: number) => JournalRequest[]): Promise<JournalOutcome[]> {
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      const store = stores[client % STORES] ?? suite.store;
      const outcomes: JournalOutcome[] = [];
      for (const request of requestsOfClient(client)) outcomes.push(await postJournal(store, request));
      return outcomes;
    });
    return (await Promise.all(clients)).flat();
  }

  const count = (outcomes: JournalOutcome[], wanted: Partial<Record<"kind" | "refusal", string>>) =>
    outcomes.filter((outcome) =>
      Object.entries(wanted).every(([key, value]) => Reflect.get(outcome, key) === value),
    ).length;

  it("accepts exactly the holds that the money covers", async () => {
    await posted(suite.store, give(a, "member1", 22_500));
    const outcomes = await postAll(() =>
      Array.from({ length: 6 }, () =>
        journalOf([{ phase: "pend", debit: a.member1, credit: a.value, amount: 300 }]),
      ),
    );
    expect(count(outcomes, { kind: "posted" })).toBe(75);
    expect(count(outcomes, { refusal: "overdraft" })).toBe(45);
    const account = await findAccount(suite.store.db, a.member1);
    expect(account && availableOf(account)).toBe(0);
  });

  it("posts one key once, and tells everyone of the same journal", async () => {
    const request = give(a, "member1", 100);
    const outcomes = await postAll(() => [request]);
    expect(count(outcomes, { kind: "posted" })).toBe(1);
    expect(count(outcomes, { kind: "replayed" })).toBe(CLIENTS - 1);
    expect(new Set(outcomes.map((outcome) => "journalId" in outcome && outcome.journalId)).size).toBe(1);
  });

  it("replays even where the first has spent all the money", async () => {
    await posted(suite.store, give(a, "member1", 100));
    const request = journalOf([{ phase: "post", debit: a.member1, credit: a.member2, amount: 100 }]);
    const outcomes = await postAll(() => [request]);
    expect(count(outcomes, { kind: "posted" }) + count(outcomes, { kind: "replayed" })).toBe(CLIENTS);
  });

  it("tells all but one of another request under the same key", async () => {
    const key = newEventId();
    const outcomes = await postAll((client) => [{ ...give(a, "member1", 1 + client), idempotencyKey: key }]);
    expect(count(outcomes, { kind: "posted" })).toBe(1);
    expect(count(outcomes, { refusal: "idempotency_conflict" })).toBe(CLIENTS - 1);
  });

  it("resolves a hold once, whoever settles or voids it", async () => {
    await posted(suite.store, give(a, "member1", 100));
    const held = await posted(
      suite.store,
      journalOf([{ phase: "pend", debit: a.member1, credit: a.value, amount: 60 }]),
    );
    const pending = held.transferIds[0] ?? "";
    const outcomes = await postAll((client) => [
      journalOf([{ phase: client % 2 ? "settle" : "void", pending }]),
    ]);
    expect(count(outcomes, { kind: "posted" })).toBe(1);
    expect(count(outcomes, { refusal: "already_resolved" })).toBe(CLIENTS - 1);
  });

  it("reverses a journal once", async () => {
    const { journalId } = await posted(suite.store, give(a, "member1", 100));
    const request = await suite.store.transaction((tx) => reversalOf(tx, journalId, journalOf([])));
    const outcomes = await postAll(() => [{ ...request, idempotencyKey: newEventId() }]);
    expect(count(outcomes, { kind: "posted" })).toBe(1);
    expect(count(outcomes, { refusal: "already_resolved" })).toBe(CLIENTS - 1);
  });

  it("loses no update among journals over many accounts in any order", async () => {
    const [debit, credits] = [a.value, [a.member1, a.member2]];
    let given = 0;
    const outcomes = await postAll((client) =>
      Array.from({ length: 4 }, (_, index) => {
        const transfers = Array.from({ length: 1 + ((client + index) % 4) }, (_unused, line) => {
          const amount = 1 + client + line;
          given += amount;
          return { phase: "post" as const, debit, credit: credits[(client + line) % 2] ?? a.member1, amount };
        });
        const grams = { phase: "post" as const, debit: a.stock, credit: a.intake, amount: 5 };
        return journalOf(client % 2 ? [...transfers, grams] : [grams, ...transfers.reverse()]);
      }),
    );
    expect(count(outcomes, { kind: "posted" })).toBe(CLIENTS * 4);
    const balances = await Promise.all([a.value, a.stock].map((id) => findAccount(suite.store.db, id)));
    expect(balances.map((account) => account && balanceOf(account))).toEqual([given, CLIENTS * 4 * 5]);
  });

  it("lets no second transaction slip a transfer into a journal that the first has not committed", async () => {
    const journalId = newEventId();
    for (const line of [0, 1]) {
      const first = Promise.withResolvers<void>();
      const isWritten = Promise.withResolvers<void>();
      const id = `${journalId}-${line}`;
      const winner = suite.store.transaction(async (tx) => {
        await insertTransfer(tx, id, 0);
        await insertJournal(tx, id);
        isWritten.resolve();
        await first.promise;
      });
      await isWritten.promise;
      const late = (stores[0] ?? suite.store).transaction(async (tx) => {
        const inserted = insertTransfer(tx, id, line);
        // With the same number it waits for the first to commit; with another it is in before.
        if (line === 1) await inserted;
        first.resolve();
        await inserted;
        await winner;
      });
      await expect(late).rejects.toThrow(line === 0 ? /unique constraint/ : /^LG003/);
    }
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db)).toEqual([]);
  });

  async function insertTransfer(tx: Tx, journalId: string, line: number): Promise<void> {
    await tx
      .insertInto("transfers")
      .values({
        id: newEventId(),
        journal_id: journalId,
        line,
        // Other accounts than the first, so that no row lock keeps the two apart.
        debit_account_id: line === 0 ? a.value : a.stock,
        credit_account_id: line === 0 ? a.member1 : a.intake,
        amount: 1,
        phase: "post",
        pending_id: null,
        created_ms: Date.now(),
      })
      .execute();
  }

  async function insertJournal(tx: Tx, id: string): Promise<void> {
    await tx
      .insertInto("journals")
      .values({
        id,
        idempotency_key: id,
        request_hash: "",
        kind: "raw",
        transfers: 1,
        reverses_id: null,
        actor: "test",
        occurred_ms: NOW_MS,
        created_ms: Date.now(),
      })
      .execute();
  }
});

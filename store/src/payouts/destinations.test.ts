import { newEventId } from "@jumpa-madu/contracts/ids";
import pg from "pg";
import { beforeEach, expect, it } from "vitest";
import { closeMember } from "../people/member-closing.ts";
import { eraseMember } from "../people/member-erasure.ts";
import { insertMemberUser } from "../people/users.ts";
import { onEachEngine, onEngine } from "../relational/engine-suite.ts";
import { approvePayout } from "./approve-payout.ts";
import { addDestination, confirmDestination, keepNameCheck, type NameAnswer } from "./destinations.ts";
import { ACCOUNT_NUMBER, request, type SampleBank, sampleBank, transferOf } from "./payout-fixture.ts";

function add(bank: SampleBank, id = newEventId()) {
  return bank.store.transaction((tx) =>
    addDestination(bank.desk.vault, tx, {
      id,
      member: bank.member,
      channel: "bri",
      accountNumber: `${ACCOUNT_NUMBER}12345`,
      accountName: "Nasabah Satu",
      createdBy: bank.officer,
      isInquired: false,
      nowMs: bank.nowMs,
    }),
  );
}

function addUser(bank: SampleBank) {
  const user = { username: newEventId(), passwordHash: "-", role: "member", wasteBank: null } as const;
  return bank.store.transaction((tx) => insertMemberUser(tx, { ...user, member: bank.member }, bank.nowMs));
}

onEachEngine("a destination", (suite) => {
  let bank: SampleBank;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, 100_000);
  });

  const check = (answer: NameAnswer) =>
    suite.store.transaction((tx) =>
      keepNameCheck(bank.desk.vault, tx, { destination: bank.destination, answer, nowMs: bank.nowMs }),
    );
  const ask = () => request(bank, transferOf(bank, { amountIdr: 10_000 }));
  const confirm = (actor: string) =>
    suite.store.transaction((tx) =>
      confirmDestination(tx, { id: bank.destination, actor, reason: "asked the member", nowMs: bank.nowMs }),
    );

  it.each<[string, NameAnswer]>([
    ["shown in parts alone", { state: "masked", name: "NXXXXXX SXXX" }],
    ["not told yet", { state: "pending" }],
    ["not to be had, though it was asked for", { state: "unavailable" }],
  ])("whose holder is %s is paid only after a person has confirmed it", async (_name, answer) => {
    await check(answer);
    expect(await ask()).toMatchObject({
      code: "destination_unusable",
      reason: expect.stringContaining("let staff confirm"),
    });
    expect(await confirm(bank.officer)).toMatchObject({ code: "own_request" });
    expect(await confirm(bank.staff)).toMatchObject({ kind: "kept" });
    expect(await ask()).toMatchObject({ kind: "requested" });
  });

  it("is paid at once where the bank knows the member, or tells of nobody", async () => {
    expect(await ask()).toMatchObject({ kind: "requested" });
    await check({ state: "name", name: "NASABAH SATU" });
    expect(await ask()).toMatchObject({ kind: "requested" });
  });

  it("that no provider was asked about is confirmed before one that can tell pays to it", async () => {
    const payout = transferOf(bank, { amountIdr: 10_000 });
    expect(await request(bank, payout)).toMatchObject({ kind: "requested" });
    bank.desk.provider = "flip-v3";
    const approve = () =>
      suite.store.transaction((tx) =>
        approvePayout(bank.desk, tx, { payout: payout.id, approver: bank.staff, nowMs: bank.nowMs }),
      );
    expect(await approve()).toMatchObject({ code: "destination_unusable" });
    await confirm(bank.staff);
    expect(await approve()).toMatchObject({ kind: "approved" });
  });

  it("of a member who has left is not added, nor a user", async () => {
    const id = newEventId();
    expect(await add(bank, id)).toMatchObject({ kind: "kept" });
    const { member, nowMs } = await sampleBank(suite.store, 0);
    const closing = { member, reason: "uji", actor: bank.staff, nowMs };
    expect(await suite.store.transaction((tx) => closeMember(tx, closing))).toMatchObject({ kind: "done" });
    const left = { ...bank, member };
    expect(await add(left)).toMatchObject({ code: "member_may_not_act" });
    expect(await addUser(left)).toMatchObject({ kind: "refused", code: "member_closed" });
    expect(await add(bank, id)).toMatchObject({ kind: "repeated" });
  });
});

onEngine("postgres", "a member who is being erased", (suite) => {
  /** Holds an erasure at its last step, after it has emptied what there is; answers how to let it go on. */
  async function holdErasure(bank: SampleBank) {
    const client = new pg.Client(suite.url);
    await client.connect();
    await client.query("begin");
    await client.query("lock table erasures in access exclusive mode");
    const ending = { member: bank.member, reason: "uji", actor: bank.staff, nowMs: bank.nowMs };
    const erasing = eraseMember({ store: suite.store, vault: bank.desk.vault }, ending);
    await waiting(client, 1);
    return { client, erasing };
  }

  /** Returns as soon as this many connections wait for a lock. */
  async function waiting(client: pg.Client, count: number): Promise<void> {
    for (const untilMs = Date.now() + 10_000; Date.now() < untilMs; ) {
      const { rowCount } = await client.query(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      if ((rowCount ?? 0) >= count) return;
    }
    throw new Error(`no ${count} connections came to wait`);
  }

  it("gets no destination and no user meanwhile", { timeout: 30_000 }, async () => {
    const bank = await sampleBank(suite.store, 0);
    const { client, erasing } = await holdErasure(bank);
    const id = newEventId();
    const late = [add(bank, id), addUser(bank)];
    await waiting(client, 3);
    await client.query("rollback");
    await client.end();
    expect(await erasing).toMatchObject({ kind: "done" });
    const [destination, user] = await Promise.all(late);
    expect(destination).toMatchObject({ kind: "refused", code: "member_may_not_act" });
    expect(user).toMatchObject({ kind: "refused", code: "member_erased" });
    const rows = suite.store.db.selectFrom("destinations").select("id").where("id", "=", id).execute();
    expect(await rows).toEqual([]);
  });
});

import { newEventId } from "@jumpa-madu/contracts/ids";
import { attemptsOf } from "@jumpa-madu/store/attempts";
import { openJob } from "@jumpa-madu/store/jobs";
import { keepWebhook, openWebhook } from "@jumpa-madu/store/webhook-inbox";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ACCOUNT_NUMBER,
  approved,
  HOUR_MS,
  moneyOf,
  type SampleBank,
  sampleBank,
  standing,
} from "../../store/src/payouts/payout-fixture.ts";
import { onEachEngine } from "../../store/src/relational/engine-suite.ts";
import { ANNOUNCED_ASKED_MS, INBOX_TRIES_MAX } from "./jobs/inbox.ts";
import { INQUIRY_TRIES_MAX } from "./jobs/inquire.ts";
import { BYTES_RETRY_MS } from "./jobs/submit.ts";
import { bytesOf } from "./testing/frames.ts";
import { jobPartsOf, type Script, scriptedProvider } from "./testing/scripted-provider.ts";
import { Worker } from "./worker.ts";

onEachEngine("the worker", (suite) => {
  let bank: SampleBank;
  let clock: { nowMs: number };
  /** What the provider says of the payout. */
  let paid: { providerId: string; amountIdr: number; providerChannel: string; accountNumber: string };

  beforeEach(async () => {
    paid = {
      providerId: newEventId(),
      amountIdr: 50_000,
      providerChannel: "ID_BCA",
      accountNumber: ACCOUNT_NUMBER,
    };
    // One test leaves no jobs to the next.
    await suite.store.db.deleteFrom("payout_jobs").execute();
    bank = await sampleBank(suite.store, 1_000_000);
    clock = { nowMs: bank.nowMs };
  });

  const workerOf = (script: Partial<Script>, options: { jobsAtOnceMax?: number; isOff?: boolean } = {}) => {
    const scripted = scriptedProvider(script);
    const provider = options.isOff === true ? null : scripted.provider;
    const parts = jobPartsOf(bank, { provider, clock });
    const worker = new Worker(parts, {
      id: newEventId(),
      jobsAtOnceMax: options.jobsAtOnceMax ?? 1,
      lookEveryMs: 5,
    });
    return { ...scripted, worker, parts };
  };
  const attemptOf = async (payout: string) => (await attemptsOf(bank.store.db, payout)).at(-1)?.id ?? "";

  it("sends the bytes that were fixed at the approval, and hands the answer to the books", async () => {
    const { id } = await approved(bank);
    let sent = "";
    const { worker } = workerOf({
      submit: () => ({ kind: "succeeded", ...paid }),
      onSubmit(bytes) {
        sent = Buffer.from(bytes).toString();
      },
    });
    expect(await worker.step()).toBe(true);
    expect(JSON.parse(sent)).toMatchObject({
      reference_id: await attemptOf(id),
      amount: 50_000,
      channel_code: "ID_BCA",
    });
    expect(await standing(bank, await attemptOf(id))).toMatchObject({ attempt: "succeeded", payout: "paid" });
    expect(await worker.step()).toBe(false);
  });

  it("looks an attempt up when it is due, and not before", async () => {
    const { id } = await approved(bank);
    const { worker, calls } = workerOf({
      submit: () => ({ kind: "pending", ...paid }),
      lookup: () => ({ kind: "succeeded", ...paid }),
    });
    await worker.step();
    expect(await worker.step()).toBe(false);
    clock.nowMs += HOUR_MS;
    await worker.step();
    expect(calls).toEqual(["submit", "lookup"]);
    expect((await standing(bank, await attemptOf(id))).payout).toBe("paid");
  });

  it("never sends bytes that are not those that were fixed, and gives nothing back on that account", async () => {
    const { id } = await approved(bank);
    const attempt = await attemptOf(id);
    // The vault opens what was sealed for another attempt under no circumstances.
    const other = await bank.desk.vault.sealFor(bank.member, "attempt:other", bytesOf("{}"));
    const { worker, calls, parts } = workerOf({});
    const { vault } = bank.desk;
    parts.vault = Object.assign(Object.create(vault), {
      openFor: (member: string, use: string) => vault.openFor(member, use, other),
    });
    await worker.step();
    expect(calls).toEqual([]);
    expect(await standing(bank, attempt)).toMatchObject({ attempt: "queued", jobs: ["submit"] });
    expect(await moneyOf(bank)).toMatchObject({ held: 50_000 });
    clock.nowMs += BYTES_RETRY_MS - 1;
    expect(await worker.step()).toBe(false);
  });

  it("does nothing while its provider is off, and asks nobody", async () => {
    const { id } = await approved(bank);
    const { worker } = workerOf({}, { isOff: true });
    expect(await worker.step()).toBe(false);
    expect(await standing(bank, await attemptOf(id))).toMatchObject({ attempt: "queued" });
  });

  it("works on no more jobs at once than it may, and ends when what is under way has ended", async () => {
    for (let payout = 0; payout < 3; payout++) await approved(bank);
    const stopping = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const { promise: full, resolve: isFull } = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const { worker } = workerOf(
      {
        async submit() {
          most = Math.max(most, ++running);
          if (running === 2) isFull();
          await promise;
          running--;
          return { kind: "unknown" };
        },
      },
      { jobsAtOnceMax: 2 },
    );
    const run = worker.run(stopping.signal);
    await full;
    expect(worker.running).toBe(2);
    stopping.abort();
    resolve();
    await run;
    expect(worker.running).toBe(0);
    expect(most).toBe(2);
  });

  it("goes on after a job that breaks off: it is claimed again when its lease is over", async () => {
    const { id } = await approved(bank);
    const { worker } = workerOf({
      submit: () => {
        throw new Error("a defect");
      },
      lookup: () => ({ kind: "succeeded", ...paid }),
    });
    await worker.step();
    expect((await standing(bank, await attemptOf(id))).attempt).toBe("sending");
    for (let look = 0; look < 3; look++) {
      clock.nowMs += HOUR_MS;
      await worker.step();
    }
    expect((await standing(bank, await attemptOf(id))).payout).toBe("paid");
  });

  describe("with a message of the inbox", () => {
    let dedupe = "";
    const keep = (body: unknown) => {
      dedupe = newEventId();
      const message = { provider: "xendit-v2" as const, dedupe, body: bytesOf(body), nowMs: clock.nowMs };
      return bank.store.transaction((tx) => keepWebhook(bank.desk.vault, tx, message));
    };
    const messages = () =>
      bank.store.db
        .selectFrom("webhook_inbox")
        .select(["state", "reason"])
        .where("dedupe", "=", bank.desk.vault.blindIndex("webhook", dedupe))
        .execute();
    const event = (data: object) => ({
      event: "payout.succeeded",
      data: { amount: 50_000, ...data },
    });

    /** A payout that the provider has. */
    async function accepted() {
      const { id } = await approved(bank);
      await workerOf({ submit: () => ({ kind: "pending", ...paid }) }).worker.step();
      return { attempt: await attemptOf(id), providerId: paid.providerId };
    }

    it("posts from what the provider says, not from the message", async () => {
      const { attempt, providerId } = await accepted();
      await keep(event({ id: providerId, reference_id: attempt, status: "FAILED" }));
      const { worker, calls } = workerOf({ lookup: () => ({ kind: "succeeded", ...paid }) });
      await worker.step();
      expect(calls).toEqual(["lookup"]);
      expect(await standing(bank, attempt)).toMatchObject({ attempt: "succeeded", payout: "paid" });
      expect(await messages()).toEqual([{ state: "done", reason: null }]);
    });

    it("asks again while the provider does not say yet what the message announces", async () => {
      const { attempt, providerId } = await accepted();
      await keep({ ...event({ id: providerId, reference_id: attempt }), event: "payout.reversed" });
      let kind: "succeeded" | "reversed" = "succeeded";
      const { worker } = workerOf({ lookup: () => ({ kind, ...paid }) });
      await worker.step();
      expect(await standing(bank, attempt)).toMatchObject({ attempt: "succeeded" });
      expect(await messages()).toEqual([{ state: "new", reason: null }]);
      expect(await worker.step()).toBe(false);
      kind = "reversed";
      clock.nowMs += HOUR_MS;
      await worker.step();
      expect(await standing(bank, attempt)).toMatchObject({ attempt: "reversed" });
      expect(await messages()).toEqual([{ state: "done", reason: null }]);
    });

    it("parks one that announces what the provider does not say for a day", async () => {
      const { attempt, providerId } = await accepted();
      await keep({ ...event({ id: providerId, reference_id: attempt }), event: "payout.reversed" });
      const { worker, calls } = workerOf({ lookup: () => ({ kind: "succeeded", ...paid }) });
      const endMs = clock.nowMs + ANNOUNCED_ASKED_MS;
      for (; clock.nowMs < endMs; clock.nowMs += HOUR_MS) await worker.step();
      expect(await messages()).toEqual([{ state: "new", reason: null }]);
      await worker.step();
      expect(await messages()).toEqual([{ state: "parked", reason: expect.stringMatching(/still says/) }]);
      expect(calls.length).toBeLessThan(30);
      expect(await standing(bank, attempt)).toMatchObject({ attempt: "succeeded", payout: "paid" });
    });

    it.each([
      ["a payout that is none of ours", event({ reference_id: "somebody-else" }), /no attempt of ours/],
      ["nothing that can be read", "<html>", /names no payout/],
    ])("parks one about %s", async (_name, body, reason) => {
      await keep(body);
      const { worker, calls } = workerOf({});
      await worker.step();
      expect(calls).toEqual([]);
      expect(await messages()).toEqual([{ state: "parked", reason: expect.stringMatching(reason) }]);
    });

    it("seals it for the member, so that nobody reads it when the member's key is gone, and goes on all the same", async () => {
      const { attempt } = await accepted();
      await bank.store.db.deleteFrom("payout_jobs").execute();
      await keep(event({ reference_id: attempt, account_number: ACCOUNT_NUMBER }));
      let says: "unknown" | "succeeded" = "unknown";
      const { worker, calls } = workerOf({
        lookup: () => (says === "unknown" ? { kind: says } : { kind: says, ...paid }),
      });
      await worker.step();
      const { id } = await bank.store.db
        .selectFrom("webhook_inbox")
        .select("id")
        .where("attempt_id", "=", attempt)
        .executeTakeFirstOrThrow();
      const { vault } = bank.desk;
      const open = async () => (await openWebhook(vault, bank.store.db, id))?.body ?? null;
      expect(Buffer.from((await open()) ?? []).toString()).toContain(ACCOUNT_NUMBER);
      // What comes of the payout then is of no matter here; only the message is.
      await vault.destroyKeyOf(bank.member);
      expect(await open()).toBeNull();
      clock.nowMs += HOUR_MS;
      says = "succeeded";
      await worker.step();
      expect(calls).toEqual(["lookup", "lookup"]);
    });

    it("parks one with another amount, and asks the provider itself at once", async () => {
      const { attempt } = await accepted();
      await keep(event({ reference_id: attempt, amount: 49_999 }));
      const { worker, calls } = workerOf({ lookup: () => ({ kind: "pending", amountIdr: 50_000 }) });
      await worker.step();
      expect(await messages()).toEqual([
        { state: "parked", reason: expect.stringMatching(/another amount/) },
      ]);
      expect(await moneyOf(bank)).toMatchObject({ held: 50_000, out: 0 });
      await worker.step();
      expect(calls).toEqual(["lookup"]);
    });

    it(`parks one of which the provider says nothing in ${INBOX_TRIES_MAX} tries`, async () => {
      const { attempt } = await accepted();
      // The poll of the attempt is not what is tested.
      await bank.store.db.deleteFrom("payout_jobs").execute();
      await keep(event({ reference_id: attempt }));
      const { worker, calls } = workerOf({});
      for (let tries = 0; tries < INBOX_TRIES_MAX + 2; tries++) {
        await worker.step();
        clock.nowMs += HOUR_MS;
      }
      expect(calls).toHaveLength(INBOX_TRIES_MAX);
      expect(await messages()).toEqual([{ state: "parked", reason: expect.stringMatching(/does not say/) }]);
    });
  });

  describe("with a destination whose holder is asked for", () => {
    const ask = () =>
      bank.store.transaction((tx) =>
        openJob(tx, { kind: "inquire", subject: bank.destination, dueMs: clock.nowMs, nowMs: clock.nowMs }),
      );
    const check = async () =>
      (
        await bank.store.db
          .selectFrom("destinations")
          .select("name_check")
          .where("id", "=", bank.destination)
          .executeTakeFirstOrThrow()
      ).name_check;

    it("keeps what the provider says", async () => {
      await ask();
      await workerOf({ inquire: () => ({ state: "name", name: "NASABAH SATU" }) }).worker.step();
      expect(await check()).toBe("matched");
    });

    it(`asks again while it is pending, ${INQUIRY_TRIES_MAX} times at most`, async () => {
      await ask();
      const { worker, calls } = workerOf({ inquire: () => ({ state: "pending" }) });
      for (let tries = 0; tries < INQUIRY_TRIES_MAX + 2; tries++) {
        await worker.step();
        clock.nowMs += HOUR_MS;
      }
      expect(calls).toHaveLength(INQUIRY_TRIES_MAX);
      expect(await check()).toBe("unavailable");
    });
  });
});

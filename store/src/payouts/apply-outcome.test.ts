/** Every row of the table in docs/BANK.md: what is seen, and what becomes of attempt, payout, money and jobs. */
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import { beforeEach, expect, it } from "vitest";
import { verifySample } from "../ledger/sample-journals.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { applyOutcome } from "./apply-outcome.ts";
import { ATTEMPTS_MAX, attemptsOf, bytesOf } from "./attempts.ts";
import { retireDestination } from "./destinations.ts";
import { backoffMs } from "./jobs.ts";
import {
  answer,
  claim,
  feeIn,
  HOUR_MS,
  moneyOf,
  type SampleBank,
  sampleBank,
  sending,
  standing,
} from "./payout-fixture.ts";
import { resolvePayout } from "./resolve-payout.ts";
import { RESEND_MS_MAX } from "./sending.ts";
import { ACCEPTED_REVIEW_MS, type ProviderCall } from "./verdict.ts";

const SAVINGS = 100_000;
const HELD = { savings: SAVINGS, held: 50_000, clearing: 0, out: 0 };
const GIVEN_BACK = { savings: SAVINGS, held: 0, clearing: 0, out: 0 };
const PAID = { savings: 50_000, held: 0, clearing: 0, out: 50_000 };

type Seen = Lookup & { call?: ProviderCall };
const ours = { amountIdr: 50_000, providerChannel: "ID_BCA", accountNumber: "1234567890" };

interface Row {
  name: string;
  seen: Seen[];
  attempt: string;
  payout: string;
  money: typeof HELD;
  jobs: string[];
  review?: string;
  alarms?: string[];
}

const submit = "submit" as const;
const rows: Row[] = [
  {
    name: "accepted: the hold stays, it is polled",
    seen: [{ kind: "pending", call: submit, providerId: "disb-1", ...ours }],
    attempt: "accepted",
    payout: "paying",
    money: HELD,
    jobs: ["lookup"],
  },
  {
    name: "refused on the first sending: the hold is voided",
    seen: [{ kind: "refused", call: submit, failure: "request_invalid" }],
    attempt: "refused",
    payout: "failed",
    money: GIVEN_BACK,
    jobs: [],
  },
  {
    name: "the same refusal after an unknown sending: unknown, looked up",
    seen: [
      { kind: "unknown", call: submit },
      { kind: "refused", call: submit, failure: "request_invalid" },
    ],
    attempt: "unknown",
    payout: "paying",
    money: HELD,
    jobs: ["lookup"],
  },
  {
    name: "a refused lookup says nothing about the payout",
    seen: [{ kind: "refused", call: "lookup", failure: "not_authorised" }],
    attempt: "sending",
    payout: "paying",
    money: HELD,
    jobs: ["submit"],
  },
  {
    name: "key conflict: unknown and an alarm",
    seen: [{ kind: "unknown", call: submit, isKeyConflict: true }],
    attempt: "unknown",
    payout: "paying",
    money: HELD,
    jobs: ["lookup"],
    alarms: ["key_conflict"],
  },
  {
    name: "key conflict that an adapter calls refused is no proof either",
    seen: [{ kind: "refused", call: submit, isKeyConflict: true }],
    attempt: "unknown",
    payout: "paying",
    money: HELD,
    jobs: ["lookup"],
    alarms: ["key_conflict"],
  },
  {
    name: "throttled at the first sending: queued again",
    seen: [{ kind: "throttled", call: submit, retryAfterMs: 7_000 }],
    attempt: "queued",
    payout: "paying",
    money: HELD,
    jobs: ["submit"],
  },
  {
    name: "throttled after an unknown sending, told late: stays unknown, looked up",
    seen: [
      { kind: "unknown", call: submit },
      { kind: "throttled", call: submit, retryAfterMs: 7_000 },
    ],
    attempt: "unknown",
    payout: "paying",
    money: HELD,
    jobs: ["lookup"],
  },
  {
    name: "silence: unknown, looked up",
    seen: [{ kind: "unknown", call: submit }],
    attempt: "unknown",
    payout: "paying",
    money: HELD,
    jobs: ["lookup"],
  },
  {
    name: "silence about one that was accepted: it stays accepted",
    seen: [{ kind: "pending", call: submit }, { kind: "unknown" }, { kind: "unknown", call: submit }],
    attempt: "accepted",
    payout: "paying",
    money: HELD,
    jobs: ["lookup"],
  },
  {
    name: "succeeded: settled and gone",
    seen: [{ kind: "succeeded", providerId: "disb-2", ...ours }],
    attempt: "succeeded",
    payout: "paid",
    money: PAID,
    jobs: [],
  },
  {
    name: "succeeded twice: once",
    seen: [
      { kind: "succeeded", ...ours },
      { kind: "succeeded", ...ours },
    ],
    attempt: "succeeded",
    payout: "paid",
    money: PAID,
    jobs: [],
  },
  {
    name: "unknown, then found paid: adopted",
    seen: [
      { kind: "unknown", call: submit },
      { kind: "succeeded", ...ours },
    ],
    attempt: "succeeded",
    payout: "paid",
    money: PAID,
    jobs: [],
  },
  ...(["destination", "compliance"] as const).map((failure) => ({
    name: `failed (${failure}): given back`,
    seen: [
      { kind: "pending" as const, call: submit },
      { kind: "failed" as const, failure, ...ours },
    ],
    attempt: "failed",
    payout: "failed",
    money: GIVEN_BACK,
    jobs: [],
  })),
  {
    name: "cancelled: given back",
    seen: [{ kind: "pending", call: submit }, { kind: "cancelled" }],
    attempt: "failed",
    payout: "failed",
    money: GIVEN_BACK,
    jobs: [],
  },
  {
    name: "failed twice: given back once",
    seen: [{ kind: "failed" }, { kind: "failed" }],
    attempt: "failed",
    payout: "failed",
    money: GIVEN_BACK,
    jobs: [],
  },
  {
    name: "reversed after succeeded: credited again",
    seen: [
      { kind: "succeeded", ...ours },
      { kind: "reversed", ...ours },
      { kind: "reversed", ...ours },
    ],
    attempt: "reversed",
    payout: "reversed",
    money: GIVEN_BACK,
    jobs: [],
    alarms: ["reversed"],
  },
  {
    name: "reversed of which nobody had said that it succeeded",
    seen: [
      { kind: "pending", call: submit },
      { kind: "reversed", ...ours },
    ],
    attempt: "reversed",
    payout: "reversed",
    money: GIVEN_BACK,
    jobs: [],
    alarms: ["reversed"],
  },
  ...(["succeeded", "failed", "reversed"] as const).map((end) => ({
    name: `a late pending never overwrites ${end}`,
    seen: [
      { kind: "pending" as const, call: submit },
      ...(end === "reversed" ? [{ kind: "succeeded" as const }] : []),
      { kind: end },
      { kind: "pending" as const },
      { kind: "pending" as const, call: submit },
      { kind: "unknown" as const },
      { kind: "absent" as const },
    ],
    attempt: end,
    payout: end === "succeeded" ? "paid" : end,
    money: end === "succeeded" ? PAID : GIVEN_BACK,
    jobs: [],
    ...(end === "reversed" ? { alarms: ["reversed"] } : {}),
  })),
  {
    name: "succeeded after reversed: stays reversed",
    seen: [{ kind: "succeeded" }, { kind: "reversed" }, { kind: "succeeded" }],
    attempt: "reversed",
    payout: "reversed",
    money: GIVEN_BACK,
    jobs: [],
    alarms: ["reversed"],
  },
  {
    name: "succeeded after failed: a person decides",
    seen: [{ kind: "failed" }, { kind: "succeeded", ...ours }, { kind: "succeeded", ...ours }],
    attempt: "failed",
    payout: "failed",
    money: GIVEN_BACK,
    jobs: [],
    review: "late_success",
    alarms: ["late_success"],
  },
  {
    name: "succeeded after refused: a person decides",
    seen: [
      { kind: "refused", call: submit },
      { kind: "succeeded", ...ours },
    ],
    attempt: "refused",
    payout: "failed",
    money: GIVEN_BACK,
    jobs: [],
    review: "late_success",
    alarms: ["late_success"],
  },
  {
    name: "accepted after refused: a person decides",
    seen: [
      { kind: "refused", call: submit },
      { kind: "pending", ...ours },
    ],
    attempt: "refused",
    payout: "failed",
    money: GIVEN_BACK,
    jobs: [],
    review: "contradiction",
    alarms: ["contradiction"],
  },
  {
    name: "failed after succeeded: a person decides",
    seen: [
      { kind: "succeeded", ...ours },
      { kind: "failed", ...ours },
    ],
    attempt: "succeeded",
    payout: "paid",
    money: PAID,
    jobs: [],
    review: "contradiction",
    alarms: ["contradiction"],
  },
  ...(
    [{ amountIdr: 49_999 }, { providerChannel: "ID_BNI" }, { accountNumber: "1234567891" }] as const
  ).flatMap((other) =>
    (["succeeded", "failed"] as const).map((kind) => ({
      name: `${kind} with another ${Object.keys(other)[0]}: a person decides, the hold stays`,
      seen: [
        { kind: "pending" as const, call: submit, ...ours },
        { kind, ...ours, ...other },
        { kind, ...ours },
      ],
      attempt: "accepted",
      payout: "paying",
      money: HELD,
      jobs: ["lookup"],
      review: "mismatch",
      alarms: ["mismatch"],
    })),
  ),
  {
    name: "another id of the provider than before: a person decides",
    seen: [
      { kind: "pending", call: submit, providerId: "disb-a" },
      { kind: "succeeded", providerId: "disb-b" },
    ],
    attempt: "accepted",
    payout: "paying",
    money: HELD,
    jobs: ["lookup"],
    review: "mismatch",
    alarms: ["mismatch"],
  },
  {
    name: "hidden digits and leading zeros of the account are no mismatch",
    seen: [
      { kind: "pending", call: submit, accountNumber: "******7890" },
      { kind: "succeeded", accountNumber: "001234567890", providerChannel: "bca" },
    ],
    attempt: "succeeded",
    payout: "paid",
    money: PAID,
    jobs: [],
  },
  {
    name: "absent, while it is being sent: nothing",
    seen: [{ kind: "absent" }],
    attempt: "sending",
    payout: "paying",
    money: HELD,
    jobs: ["submit"],
  },
  {
    name: "absent just after an unknown sending: looked up again",
    seen: [{ kind: "unknown", call: submit }, { kind: "absent" }],
    attempt: "unknown",
    payout: "paying",
    money: HELD,
    jobs: ["lookup"],
  },
  {
    name: "absent of one that was accepted: it is still looked up",
    seen: [{ kind: "pending", call: submit }, { kind: "absent" }],
    attempt: "accepted",
    payout: "paying",
    money: HELD,
    jobs: ["lookup"],
  },
];

onEachEngine("an answer of the provider", (suite) => {
  let bank: SampleBank;
  beforeEach(async () => {
    bank = await sampleBank(suite.store, SAVINGS);
    return () => bank.desk.vault.close();
  });

  it.each(rows)("$name", async ({ seen, ...expected }) => {
    const attempt = await sending(bank);
    for (const { call = "lookup", ...outcome } of seen)
      await answer(bank, attempt, { outcome: outcome as Lookup, call });
    expect(await standing(bank, attempt)).toEqual({
      attempt: expected.attempt,
      payout: expected.payout,
      review: expected.review ?? null,
      jobs: expected.jobs,
    });
    expect(await moneyOf(bank)).toEqual(expected.money);
    expect(await alarmsOf(attempt)).toEqual(expected.alarms ?? []);
    expect(await answersOf(attempt)).toHaveLength(seen.length);
  });

  it("a further attempt after a passing disturbance has a new key, new bytes and a new hold, and there is an end to it", async () => {
    let attempt = await sending(bank);
    const keys = new Set<string>();
    for (let n = 1; n <= ATTEMPTS_MAX; n++) {
      const payout = await payoutOf(attempt);
      const all = await attemptsOf(suite.store.db, payout);
      expect(all).toHaveLength(n);
      keys.add(all.at(-1)?.idempotencyKey ?? "");
      const nowMs = bank.nowMs + n * HOUR_MS;
      await answer(bank, attempt, { outcome: { kind: "failed", failure: "channel_temporary" }, nowMs });
      if (n === ATTEMPTS_MAX) break;
      expect((await moneyOf(bank)).held).toBe(50_000);
      const job = await claim(bank, "submit", nowMs + HOUR_MS);
      expect(job).not.toBeNull();
      attempt = job?.subject ?? "";
    }
    expect(keys.size).toBe(ATTEMPTS_MAX);
    expect(await standing(bank, attempt)).toMatchObject({ payout: "failed", jobs: [] });
    expect(await moneyOf(bank)).toEqual(GIVEN_BACK);
  });

  it("late success of an attempt holds back the next one that was not sent yet", async () => {
    const first = await sending(bank);
    await answer(bank, first, { outcome: { kind: "failed", failure: "channel_temporary" } });
    await answer(bank, first, { outcome: { kind: "succeeded" } });
    expect(await claim(bank, "submit", bank.nowMs + HOUR_MS)).toBeNull();
    const second = (await attemptsOf(suite.store.db, await payoutOf(first))).at(-1);
    expect(second).toMatchObject({ n: 2, state: "queued", sends: 0 });
    expect(await standing(bank, second?.id ?? "")).toMatchObject({
      payout: "paying",
      review: "late_success",
    });
  });

  it("no further attempt is made by itself while a person has to decide", async () => {
    const first = await sending(bank);
    await answer(bank, first, { outcome: { kind: "failed", failure: "channel_temporary" } });
    const second = (await claim(bank, "submit", bank.nowMs + HOUR_MS))?.subject ?? "";
    await answer(bank, first, { outcome: { kind: "succeeded" } });
    await answer(bank, second, { outcome: { kind: "failed", failure: "channel_temporary" } });
    expect(await standing(bank, second)).toEqual({
      attempt: "failed",
      payout: "failed",
      review: "late_success",
      jobs: [],
    });
    expect(await moneyOf(bank)).toEqual(GIVEN_BACK);
  });

  it("the same bytes and the same key are sent again until the time for it is over, then it is looked up alone", async () => {
    const attempt = await sending(bank);
    const bytes = async () => {
      const found = (await attemptsOf(suite.store.db, await payoutOf(attempt)))[0];
      if (found === undefined) throw new Error("no attempt");
      return {
        key: found.idempotencyKey,
        bytes: await bytesOf(bank.desk.vault, suite.store.db, found),
        sends: found.sends,
      };
    };
    const first = await bytes();
    await answer(bank, attempt, { outcome: { kind: "unknown" }, call: "submit" });
    const againMs = bank.nowMs + backoffMs(1);
    await answer(bank, attempt, { outcome: { kind: "absent" }, nowMs: againMs });
    expect(await claim(bank, "submit", againMs)).not.toBeNull();
    expect(await bytes()).toEqual({ ...first, sends: 2 });
    await answer(bank, attempt, { outcome: { kind: "unknown" }, call: "submit" });

    const lateMs = bank.nowMs + RESEND_MS_MAX;
    await answer(bank, attempt, { outcome: { kind: "absent" }, nowMs: lateMs - 1 });
    expect((await standing(bank, attempt)).jobs).toEqual(["submit"]);
    expect(await claim(bank, "submit", lateMs)).toBeNull();
    const over = { attempt: "unknown", payout: "paying", review: "unresolved", jobs: ["lookup"] };
    expect(await standing(bank, attempt)).toEqual(over);
    await answer(bank, attempt, { outcome: { kind: "absent" }, nowMs: lateMs + HOUR_MS });
    expect(await standing(bank, attempt)).toEqual(over);
    expect(await moneyOf(bank)).toEqual(HELD);
    expect(await alarmsOf(attempt)).toEqual(["unresolved"]);
    await answer(bank, attempt, { outcome: { kind: "succeeded", ...ours }, nowMs: lateMs + 2 * HOUR_MS });
    expect(await standing(bank, attempt)).toEqual({
      attempt: "succeeded",
      payout: "paid",
      review: null,
      jobs: [],
    });
  });

  it.each([
    { said: { kind: "pending" as const, amountIdr: 50_000 }, state: "accepted" },
    { said: { kind: "unknown" as const }, state: "unknown" },
  ])(
    "an attempt that is $state for days is told to a person, who may decide; it is still looked up",
    async (sample) => {
      const { said, state } = sample;
      const attempt = await sending(bank);
      await answer(bank, attempt, { outcome: { ...said, ...ours }, call: "submit" });
      const lateMs = bank.nowMs + ACCEPTED_REVIEW_MS;
      await answer(bank, attempt, { outcome: said, nowMs: lateMs });
      await answer(bank, attempt, { outcome: said, nowMs: lateMs + HOUR_MS });
      expect(await standing(bank, attempt)).toEqual({
        attempt: state,
        payout: "paying",
        review: "unresolved",
        jobs: ["lookup"],
      });
      expect(await alarmsOf(attempt)).toEqual(["unresolved"]);
      const decision = { payout: await payoutOf(attempt), reason: "dasbor dilihat", nowMs: lateMs };
      for (const actor of [bank.staff, bank.chief])
        await suite.store.transaction((tx) =>
          resolvePayout(tx, { ...decision, resolution: "not_paid", actor }),
        );
      expect(await moneyOf(bank)).toEqual(GIVEN_BACK);
    },
  );

  it("a clear answer ends the wait of one that was accepted for days", async () => {
    const attempt = await sending(bank);
    await answer(bank, attempt, { outcome: { kind: "pending", ...ours }, call: "submit" });
    const nowMs = bank.nowMs + ACCEPTED_REVIEW_MS;
    await answer(bank, attempt, { outcome: { kind: "pending", ...ours }, nowMs });
    await answer(bank, attempt, { outcome: { kind: "succeeded", ...ours }, nowMs });
    expect(await standing(bank, attempt)).toMatchObject({ payout: "paid", review: null });
  });

  it("an attempt that nobody knows is sent a dozen times in two hours, not hundreds", async () => {
    const attempt = await sending(bank);
    let nowMs = bank.nowMs;
    let sends = 1;
    await answer(bank, attempt, { outcome: { kind: "unknown" }, call: "submit" });
    while (nowMs < bank.nowMs + 2 * HOUR_MS) {
      const { kind, due_ms } = await suite.store.db
        .selectFrom("payout_jobs")
        .select(["kind", "due_ms"])
        .where("subject", "=", attempt)
        .executeTakeFirstOrThrow();
      nowMs = Math.max(nowMs, due_ms);
      expect(await claim(bank, kind, nowMs)).not.toBeNull();
      if (kind === "submit") sends++;
      const call = kind === "submit" ? "submit" : "lookup";
      await answer(bank, attempt, {
        outcome: { kind: call === "submit" ? "unknown" : "absent" },
        call,
        nowMs,
      });
    }
    expect(sends).toBeGreaterThan(4);
    expect(sends).toBeLessThanOrEqual(12);
  });

  it("one that was turned away at the door for a day has never left, and is queued still", async () => {
    const attempt = await sending(bank);
    let nowMs = bank.nowMs;
    for (let time = 0; time < 3; time++) {
      const throttled = { kind: "throttled" as const, retryAfterMs: 9 * HOUR_MS };
      await answer(bank, attempt, { outcome: throttled, call: "submit", nowMs });
      nowMs += 9 * HOUR_MS;
      expect((await claim(bank, "submit", nowMs))?.subject).toBe(attempt);
    }
    expect(await standing(bank, attempt)).toEqual({
      attempt: "sending",
      payout: "paying",
      review: null,
      jobs: ["submit"],
    });
    const [found] = await attemptsOf(suite.store.db, await payoutOf(attempt));
    expect(found).toMatchObject({ sends: 4, firstSentMs: nowMs, resendUntilMs: nowMs + RESEND_MS_MAX });
    await answer(bank, attempt, { outcome: { kind: "refused" }, call: "submit", nowMs });
    expect(await moneyOf(bank)).toEqual(GIVEN_BACK);
  });

  it("no further attempt goes to a destination that was retired meanwhile", async () => {
    const attempt = await sending(bank);
    await suite.store.transaction((tx) =>
      retireDestination(tx, { id: bank.destination, actor: bank.officer, nowMs: bank.nowMs }),
    );
    await answer(bank, attempt, { outcome: { kind: "failed", failure: "channel_temporary" } });
    expect(await claim(bank, "submit", bank.nowMs + HOUR_MS)).toBeNull();
    expect(await standing(bank, attempt)).toMatchObject({ payout: "failed" });
    expect(await moneyOf(bank)).toEqual(GIVEN_BACK);
  });

  it("a throttled sending is tried again when the provider says", async () => {
    const attempt = await sending(bank);
    await answer(bank, attempt, { outcome: { kind: "throttled", retryAfterMs: 7_000 }, call: "submit" });
    expect(await claim(bank, "submit", bank.nowMs + 6_999)).toBeNull();
    expect((await claim(bank, "submit", bank.nowMs + 7_000))?.subject).toBe(attempt);
  });

  it("one that was not found is sent when the door opens, without being looked up in between, and no later than ever", async () => {
    const attempt = await sending(bank);
    await answer(bank, attempt, { outcome: { kind: "unknown" }, call: "submit" });
    let nowMs = bank.nowMs + HOUR_MS;
    await answer(bank, attempt, { outcome: { kind: "absent" }, nowMs });
    const throttled = { kind: "throttled" as const, retryAfterMs: 7_000 };
    for (let time = 0; time < 3; time++) {
      expect((await claim(bank, "submit", nowMs))?.subject).toBe(attempt);
      await answer(bank, attempt, { outcome: throttled, call: "submit", nowMs });
      expect(await standing(bank, attempt)).toMatchObject({ attempt: "unknown", jobs: ["submit"] });
      expect(await claim(bank, "submit", nowMs + 6_999)).toBeNull();
      nowMs += 7_000;
    }
    expect(await claim(bank, "submit", bank.nowMs + RESEND_MS_MAX)).toBeNull();
    expect(await standing(bank, attempt)).toMatchObject({ review: "unresolved", jobs: ["lookup"] });
  });

  it.each([
    { bearer: "member" as const, feeSaid: undefined, savings: 47_500, fees: 0, out: 52_500 },
    { bearer: "member" as const, feeSaid: 3_000, savings: 47_500, fees: 500, out: 53_000 },
    { bearer: "bank" as const, feeSaid: undefined, savings: 50_000, fees: 2_500, out: 52_500 },
  ])(
    "the fee is borne by the $bearer (provider says $feeSaid) and kept when it is reversed",
    async (sample) => {
      const { bearer, feeSaid } = sample;
      bank.nowMs++;
      await feeIn(bank, { feeIdr: 2_500, bearer, validFromMs: feeClock++ });
      const attempt = await sending(bank);
      expect((await moneyOf(bank)).held).toBe(bearer === "member" ? 52_500 : 50_000);
      await answer(bank, attempt, {
        outcome: { kind: "succeeded", ...ours, ...(feeSaid === undefined ? {} : { feeIdr: feeSaid }) },
      });
      const { savings, out } = await moneyOf(bank);
      const { fees, ...money } = sample;
      expect({ savings, out }).toEqual({ savings: money.savings, out: money.out });
      expect(await feesOf()).toBe(fees);
      await answer(bank, attempt, { outcome: { kind: "reversed" } });
      expect(await moneyOf(bank)).toMatchObject({
        savings: money.savings + 50_000,
        out: money.out - 50_000,
        clearing: 0,
      });
      expect(await feesOf()).toBe(fees);
      await feeIn(bank, { feeIdr: 0, bearer: "bank", validFromMs: feeClock++ });
    },
  );

  it("an answer about an attempt that nobody knows is refused", async () => {
    const applied = await suite.store.transaction((tx) =>
      applyOutcome(bank.desk, tx, {
        attempt: "nobody",
        outcome: { kind: "succeeded" },
        answer: { call: "lookup", httpStatus: 200, body: null },
        nowMs: bank.nowMs,
      }),
    );
    expect(applied).toMatchObject({ kind: "refused", code: "unknown" });
  });

  it("what the provider says is kept sealed", async () => {
    const attempt = await sending(bank);
    await answer(bank, attempt, { outcome: { kind: "pending", accountNumber: "1234567890" } });
    const [kept] = await answersOf(attempt);
    const text = Buffer.from(kept?.sealed_body ?? []).toString("latin1");
    expect(text.length).toBeGreaterThan(20);
    expect(text).not.toContain("1234567890");
    const use = `answer:${kept?.id}`;
    const opened = await bank.desk.vault.openFor(bank.member, use, kept?.sealed_body ?? new Uint8Array());
    expect(Buffer.from(opened ?? []).toString()).toContain("1234567890");
  });

  it("leaves books that verify", async () => {
    expect(await verifySample(suite.store.db, 0)).toEqual([]);
  });

  let feeClock = 1;

  async function payoutOf(attempt: string): Promise<string> {
    const row = await suite.store.db
      .selectFrom("payout_attempts")
      .select("payout_id")
      .where("id", "=", attempt)
      .executeTakeFirstOrThrow();
    return row.payout_id;
  }

  async function alarmsOf(attempt: string): Promise<string[]> {
    const found = await suite.store.db
      .selectFrom("payout_alarms")
      .select("kind")
      .where("attempt_id", "=", attempt)
      .orderBy("id")
      .execute();
    return found.map(({ kind }) => kind);
  }

  function answersOf(attempt: string) {
    return suite.store.db
      .selectFrom("provider_answers")
      .selectAll()
      .where("attempt_id", "=", attempt)
      .execute();
  }

  async function feesOf(): Promise<number> {
    const row = await suite.store.db
      .selectFrom("accounts")
      .select(["debits_posted", "credits_posted"])
      .where("id", "=", `payout_fees/IDR/${bank.accounts.wasteBank}`)
      .executeTakeFirst();
    return row === undefined ? 0 : row.debits_posted - row.credits_posted;
  }
});

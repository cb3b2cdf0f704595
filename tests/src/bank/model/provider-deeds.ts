/** Deeds of the provider: an attempt is sent, and answers come in any order, twice, late, or about another amount. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import { applyOutcome } from "@jumpa-madu/store/apply-outcome";
import { claimJob } from "@jumpa-madu/store/claim-job";
import { expect } from "vitest";
import { addAttempt, giveBack, payOut } from "./payout-deeds.ts";
import { money } from "./plain-books.ts";
import { chosen, type Deed, type ModelAttempt, type ModelPayout, type Scene } from "./scene.ts";

const BACKOFF_S = [30, 60, 120, 300, 900, 1_800, 3_600];
const RESEND_MS = 20 * 3_600_000;
/** How long a provider may have an attempt and tell no end before a person is told. */
const ACCEPTED_MS = 3 * 86_400_000;
/** A lease that never runs out: what a dead worker leaves is the fault runs' matter. */
const LEASE_MS = 10 * 365 * 86_400_000;

const backoffMs = (tries: number) => (BACKOFF_S[Math.min(Math.max(tries, 1), 7) - 1] ?? 30) * 1_000;
const isGrave = ({ review }: ModelPayout) => review !== null && review !== "unresolved";

/** A worker sends the attempt that has been due longest. */
export async function send(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const expected = nextToSend(scene);
  const job = await claimJob(town.store, { worker: "w", kinds: ["submit"], nowMs, leaseMs: LEASE_MS });
  expect(job?.subject ?? null, JSON.stringify(deed)).toBe(expected);
}

/** Which attempt is sent now; those that must not be are put aside. */
function nextToSend({ payouts, nowMs }: Scene): string | null {
  const due = payouts
    .flatMap((payout) => payout.attempts.map((attempt) => ({ payout, attempt })))
    .filter(({ attempt: { dueMs } }) => dueMs !== null && dueMs <= nowMs)
    .sort((a, b) => (a.attempt.dueMs ?? 0) - (b.attempt.dueMs ?? 0));
  for (const { payout, attempt } of due) {
    attempt.dueMs = null;
    const isOver = attempt.firstSentMs !== null && nowMs >= attempt.firstSentMs + RESEND_MS;
    if (isOver) {
      if (attempt.state === "queued") Object.assign(attempt, { state: "unknown", wasUnknown: true });
      review(payout, attempt, "unresolved");
    }
    if (isOver || isGrave(payout)) continue;
    attempt.state = "sending";
    attempt.sends += 1;
    attempt.firstSentMs ??= nowMs;
    attempt.lastSentMs = nowMs;
    return attempt.id;
  }
  return null;
}

function review(payout: ModelPayout, attempt: ModelAttempt, what: NonNullable<ModelPayout["review"]>): void {
  if (isGrave(payout)) return;
  Object.assign(payout, { review: what, reviewAttempt: attempt.id });
}

const KINDS = [
  "pending",
  "succeeded",
  "succeeded",
  "failed",
  "cancelled",
  "reversed",
  "refused",
  "unknown",
  "throttled",
  "absent",
] as const;

type Call = "submit" | "lookup";

/** What an answer means, by the table of docs/BANK.md. */
function meaningOf(
  kind: (typeof KINDS)[number],
  {
    payout,
    attempt,
    call,
    isOfAnother,
    nowMs,
  }: { payout: ModelPayout; attempt: ModelAttempt; call: Call; isOfAnother: boolean; nowMs: number },
): string {
  const { state, sends, wasUnknown, firstSentMs, lastSentMs } = attempt;
  if (isGrave(payout) && payout.reviewAttempt === attempt.id) return "nothing";
  if (isOfAnother && state !== "reversed") return "mismatch";
  if (state === "reversed") return "nothing";
  if (state === "succeeded")
    return (
      { reversed: "reversed", failed: "contradiction", cancelled: "contradiction" }[kind as string] ??
      "nothing"
    );
  if (state === "failed" || state === "refused") {
    if (kind === "succeeded") return "late_success";
    return kind === "pending" && state === "refused" ? "contradiction" : "nothing";
  }
  const isFirst = call === "submit" && state === "sending" && !wasUnknown;
  const isLong = firstSentMs !== null && nowMs >= firstSentMs + ACCEPTED_MS;
  const accepted = isLong ? "accepted_long" : "accepted";
  const isOver = firstSentMs === null || nowMs >= firstSentMs + RESEND_MS;
  const unknown = isOver ? "unresolved" : "unknown";
  const silent = call === "lookup" || state === "queued" ? "nothing" : "unknown";
  const silence = state === "accepted" ? accepted : state === "unknown" ? unknown : silent;
  switch (kind) {
    case "pending":
      return sends === 0 ? "contradiction" : accepted;
    case "succeeded":
      return sends === 0 ? "contradiction" : "succeeded";
    case "reversed":
      return sends === 0 ? "contradiction" : "succeeded_and_reversed";
    case "failed":
    case "cancelled":
      return sends === 0 ? "nothing" : "failed";
    case "refused":
      return isFirst && sends === 1 ? "refused" : silence;
    case "throttled":
      return isFirst ? "queued" : silence;
    case "unknown":
      return silence;
    case "absent":
      if (state === "accepted") return accepted;
      if (state !== "unknown") return "nothing";
      return isOver || nowMs < lastSentMs + backoffMs(sends) ? unknown : "resend";
  }
}

/** What the store calls a meaning that it has another word for. */
const VERDICTS: Record<string, string> = {
  accepted_long: "accepted",
  refused: "failed",
  mismatch: "review",
  late_success: "review",
  contradiction: "review",
  unresolved: "review",
};

/** An answer about one of the attempts. */
export async function answer(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const attempted = scene.payouts.filter(({ attempts }) => attempts.length > 0);
  const payout = chosen(attempted, deed.which);
  const attempt = payout && (deed.how % 7 === 6 ? payout.attempts[0] : payout.attempts.at(-1));
  if (payout === undefined || attempt === undefined) return;
  const kind = KINDS[deed.size % KINDS.length] ?? "pending";
  const call: Call = deed.how % 2 === 0 ? "submit" : "lookup";
  const failure = deed.how % 3 === 0 ? "channel_temporary" : "other";
  const saysAmount = kind !== "absent" && kind !== "refused" && kind !== "throttled";
  const isOfAnother = saysAmount && deed.how % 19 === 18;
  const outcome = {
    kind,
    ...(kind === "failed" || kind === "cancelled" || kind === "refused" ? { failure } : {}),
    ...(saysAmount ? { amountIdr: payout.amountIdr + (isOfAnother ? 1 : 0) } : {}),
  } as Lookup;
  const meaning = meaningOf(kind, { payout, attempt, call, isOfAnother, nowMs });
  const verdict = VERDICTS[meaning] ?? meaning;
  const isRetried = act(scene, { payout, attempt, meaning, isPassing: failure === "channel_temporary" });
  for (let time = 0; time <= (meaning === "succeeded" ? deed.who % 2 : 0); time++) {
    const applied = await town.store.transaction((tx) =>
      applyOutcome(town.desk, tx, {
        attempt: attempt.id,
        outcome,
        answer: { call, httpStatus: 200, body: new TextEncoder().encode(newEventId()) },
        nowMs,
      }),
    );
    expect(applied, JSON.stringify(deed)).toMatchObject({
      kind: "applied",
      verdict: time === 0 ? verdict : "nothing",
    });
  }
  if (isRetried) await addAttempt(scene, payout, nowMs + backoffMs(attempt.n + 1));
}

/** Does in the model what an answer means; true when a further attempt is made. */
function act(
  scene: Scene,
  {
    payout,
    attempt,
    meaning,
    isPassing,
  }: { payout: ModelPayout; attempt: ModelAttempt; meaning: string; isPassing: boolean },
): boolean {
  const { nowMs } = scene;
  if (attempt.state !== "queued" && attempt.state !== "sending") attempt.dueMs = null;
  switch (meaning) {
    case "nothing":
      return false;
    case "accepted":
      Object.assign(attempt, { state: "accepted", dueMs: null });
      known(payout);
      return false;
    case "accepted_long":
      Object.assign(attempt, { state: "accepted", dueMs: null });
      review(payout, attempt, "unresolved");
      return false;
    case "unknown":
      Object.assign(attempt, { state: "unknown", wasUnknown: true, dueMs: null });
      return false;
    case "queued":
      Object.assign(attempt, { state: "queued", firstSentMs: null, dueMs: nowMs + backoffMs(attempt.sends) });
      return false;
    case "resend":
      attempt.dueMs = nowMs;
      return false;
    case "succeeded":
    case "succeeded_and_reversed":
      Object.assign(attempt, { state: "succeeded", dueMs: null });
      payOut(scene, payout, float(scene));
      known(payout);
      if (meaning !== "succeeded") bringBack(scene, payout, attempt);
      return false;
    case "reversed":
      bringBack(scene, payout, attempt);
      return false;
    case "failed":
    case "refused": {
      Object.assign(attempt, { state: meaning, dueMs: null });
      known(payout);
      if (meaning === "failed" && isPassing && attempt.n < 3 && !isGrave(payout)) return true;
      giveBack(scene, payout);
      payout.state = "failed";
      return false;
    }
    default:
      review(payout, attempt, meaning as NonNullable<ModelPayout["review"]>);
      if (attempt.state === "sending")
        Object.assign(attempt, { state: "unknown", wasUnknown: true, dueMs: null });
      return false;
  }
}

/** What was only not known is known now. */
function known(payout: ModelPayout): void {
  if (payout.review === "unresolved") Object.assign(payout, { review: null, reviewAttempt: null });
}

const float = ({ town }: Scene) => money("provider_float", town.unit, "xendit-v2");

/** The money is in the book again, with the fee, or owed to whoever has left; the provider keeps what it took. */
function bringBack(scene: Scene, payout: ModelPayout, attempt: ModelAttempt): void {
  const { unit } = scene.town;
  const clearing = money("payout_clearing", unit);
  const isFormer = scene.members.some(({ id, isClosed }) => id === payout.member && isClosed);
  const to = isFormer ? `${money("owed_to_former", unit)}/${payout.member}` : payout.account;
  scene.books.move([
    [float(scene), clearing, payout.amountIdr],
    [clearing, to, payout.amountIdr],
    [money("payout_fees", unit), to, payout.feeIdr],
  ]);
  // Money that comes back opens a closed book of a member again.
  for (const book of scene.bookList)
    if (!isFormer && scene.book(book.member, book.product) === payout.account) book.isClosed = false;
  attempt.state = "reversed";
  payout.state = "reversed";
}

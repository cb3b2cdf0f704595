/** The proof that money may be given back: each of its parts alone is not enough. */
import { expect, test } from "vitest";
import { ACCEPTED_REVIEW_MS, type ProviderCall, type Standing, verdictOf } from "./verdict.ts";

const clear: Standing = {
  state: "sending",
  sends: 1,
  wasUnknown: false,
  firstSentMs: 0,
  lastSentMs: 0,
  resendUntilMs: 100_000,
  isMismatch: false,
  isUnderReview: false,
  nowMs: 0,
};

test("a refusal of the very first sending is proof", () => {
  expect(verdictOf("submit", { kind: "refused" }, clear)).toEqual({
    kind: "failed",
    state: "refused",
    failure: "other",
  });
});

test.each<{
  name: string;
  call?: ProviderCall;
  isKeyConflict?: true;
  standing?: Partial<Standing>;
  kind: string;
}>([
  { name: "of a second sending after one that was turned away", standing: { sends: 2 }, kind: "failed" },
  { name: "after nobody could say", standing: { wasUnknown: true }, kind: "unknown" },
  { name: "that comes late", standing: { state: "unknown" }, kind: "unknown" },
  { name: "of one that was accepted", standing: { state: "accepted" }, kind: "accepted" },
  { name: "of a question", call: "lookup", kind: "nothing" },
  { name: "of our key", isKeyConflict: true, kind: "unknown" },
  { name: "under review", standing: { isUnderReview: true }, kind: "nothing" },
])("a refusal $name is none", ({ call = "submit", isKeyConflict, standing, kind }) => {
  const refusal = { kind: "refused" as const, ...(isKeyConflict === true ? { isKeyConflict } : {}) };
  expect(verdictOf(call, refusal, { ...clear, ...standing }).kind).toBe(kind);
});

test.each([
  ["was never sent", 0],
  ["was turned away at the door", 2],
])("what is said of an attempt that %s is about something else", (_what, sends) => {
  const never: Standing = { ...clear, state: "queued", sends, firstSentMs: null };
  for (const kind of ["pending", "succeeded", "reversed"] as const)
    expect(verdictOf("lookup", { kind }, never)).toEqual({ kind: "review", review: "contradiction" });
  for (const kind of ["failed", "unknown", "absent"] as const)
    expect(verdictOf("lookup", { kind }, never).kind).toBe("nothing");
});

test.each(["unknown", "throttled", "refused", "absent"] as const)(
  "an attempt of unknown fate is a person's when its time is over, also when a lookup is answered %s",
  (kind) => {
    const unknown: Standing = { ...clear, state: "unknown", wasUnknown: true, nowMs: 99_999 };
    expect(verdictOf("lookup", { kind }, unknown).kind).toBe(kind === "absent" ? "resend" : "unknown");
    expect(verdictOf("lookup", { kind }, { ...unknown, nowMs: 100_000 })).toMatchObject({
      kind: "review",
      review: "unresolved",
    });
  },
);

test.each(["pending", "unknown", "absent"] as const)(
  "an attempt that a provider has for days is a person's, also when a lookup is answered %s",
  (kind) => {
    const accepted: Standing = { ...clear, state: "accepted", nowMs: ACCEPTED_REVIEW_MS - 1 };
    expect(verdictOf("lookup", { kind }, accepted)).toEqual({ kind: "accepted" });
    expect(verdictOf("lookup", { kind }, { ...accepted, nowMs: ACCEPTED_REVIEW_MS })).toEqual({
      kind: "accepted",
      isUnresolved: true,
    });
  },
);

test("a sending that was turned away is sent when there is time for it, and is no proof after one that nobody answered", () => {
  const throttled = { kind: "throttled" as const, retryAfterMs: 5 };
  expect(verdictOf("submit", throttled, clear)).toEqual({ kind: "queued", afterMs: 5 });
  const unclear: Standing = { ...clear, wasUnknown: true, sends: 2 };
  expect(verdictOf("submit", throttled, unclear)).toEqual({ kind: "resend", afterMs: 5 });
  // An answer that comes after somebody else took the attempt over is none.
  expect(verdictOf("submit", throttled, { ...unclear, state: "unknown" })).toEqual({
    kind: "unknown",
    afterMs: 5,
  });
  expect(verdictOf("lookup", throttled, { ...unclear, state: "unknown" })).toEqual({
    kind: "unknown",
    afterMs: 5,
  });
});

test("each sending waits longer than the one before it", () => {
  const absent = (sends: number, nowMs: number) =>
    verdictOf("lookup", { kind: "absent" }, { ...clear, state: "unknown", sends, nowMs }).kind;
  expect([absent(1, 29_999), absent(1, 30_000)]).toEqual(["unknown", "resend"]);
  expect([absent(2, 59_999), absent(2, 60_000)]).toEqual(["unknown", "resend"]);
});

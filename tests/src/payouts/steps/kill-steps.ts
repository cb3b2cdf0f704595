/** The list: every step of the treasury's work on a payout at which a process is killed. */
import type { AttemptState } from "../../../../store/src/payouts/payout-states.ts";
import type { Step } from "./stepping.ts";

/** What is going on when the process begins. */
export type SceneName =
  /** Approved, and nothing sent. */
  | "approved"
  /** Sent, and lost on the way: nobody knows, and the provider does not have it. */
  | "lost"
  /** Accepted and paid by now; a lookup is due. */
  | "paid"
  /** Accepted and failed by now; a lookup is due. */
  | "failed"
  /** Accepted and failed by a passing disturbance; a lookup is due. */
  | "disturbed"
  /** Accepted and paid by now; a webhook tells of it, and no lookup is due for long. */
  | "told"
  /** A webhook about a payout that is none of ours. */
  | "strange"
  /** Accepted and paid by now, and nobody tells: the day's comparison is due. */
  | "untold";

/** One kill. */
export interface Kill {
  scene: SceneName;
  /** `hang`: killed from outside, while a call that has reached the provider waits for its answer. */
  step: Step | "hang";
  /** The so-many-th time that it is reached; 1 when absent. Of a comparison: not counting payouts of before. */
  time?: number;
  /** Of a hang: which call, and whether the provider has acted on it. */
  hang?: { method: "GET" | "POST"; when: "before" | "after" };
  /** State that the attempt has in the books of the dead. */
  left: AttemptState;
  /** Payouts that the provider has then. */
  theirs: 0 | 1;
}

const kill = (
  scene: SceneName,
  step: Kill["step"],
  [left, theirs]: [AttemptState, 0 | 1],
  more: Pick<Kill, "time" | "hang"> = {},
): Kill => ({ scene, step, left, theirs, ...more });

/** In the order of a payout's life. */
export const KILLS: readonly Kill[] = [
  // Comparisons first: each looks at all payouts of before.
  kill("untold", "reconcile commit", ["accepted", 1]),
  kill("untold", "reconcile committed", ["accepted", 1]),
  kill("untold", "reconcile call", ["accepted", 1]),
  kill("untold", "reconcile answered", ["accepted", 1]),
  kill("untold", "reconcile insert journals", ["accepted", 1]),
  kill("untold", "reconcile commit", ["accepted", 1], { time: 2 }),
  kill("untold", "reconcile committed", ["succeeded", 1], { time: 2 }),
  kill("untold", "reconcile insert reconciliations", ["succeeded", 1]),
  kill("untold", "reconcile commit", ["succeeded", 1], { time: 3 }),
  kill("untold", "reconcile committed", ["succeeded", 1], { time: 3 }),

  kill("approved", "claim begin", ["queued", 0]),
  kill("approved", "claim commit", ["queued", 0]),
  kill("approved", "claim committed", ["sending", 0]),
  kill("approved", "submit call", ["sending", 0]),
  kill("approved", "hang", ["sending", 0], { hang: { method: "POST", when: "before" } }),
  kill("approved", "hang", ["sending", 1], { hang: { method: "POST", when: "after" } }),
  kill("approved", "submit answered", ["sending", 1]),
  kill("approved", "submit insert provider_answers", ["sending", 1]),
  kill("approved", "submit update payout_attempts", ["sending", 1]),
  kill("approved", "submit commit", ["sending", 1]),
  kill("approved", "submit committed", ["accepted", 1]),

  kill("lost", "lookup commit", ["unknown", 0]),
  kill("lost", "lookup committed", ["unknown", 0]),
  kill("lost", "claim committed", ["sending", 0], { time: 2 }),
  kill("lost", "submit answered", ["sending", 1]),
  kill("lost", "submit commit", ["sending", 1]),

  kill("paid", "claim committed", ["accepted", 1]),
  kill("paid", "lookup call", ["accepted", 1]),
  kill("paid", "hang", ["accepted", 1], { hang: { method: "GET", when: "after" } }),
  kill("paid", "lookup answered", ["accepted", 1]),
  kill("paid", "lookup insert provider_answers", ["accepted", 1]),
  // The money leaves the book, then the house.
  kill("paid", "lookup insert journals", ["accepted", 1]),
  kill("paid", "lookup insert journals", ["accepted", 1], { time: 2 }),
  kill("paid", "lookup update payouts", ["accepted", 1]),
  kill("paid", "lookup delete payout_jobs", ["accepted", 1]),
  kill("paid", "lookup commit", ["accepted", 1]),
  kill("paid", "lookup committed", ["succeeded", 1]),

  kill("failed", "lookup insert journals", ["accepted", 1]),
  kill("failed", "lookup commit", ["accepted", 1]),
  kill("failed", "lookup committed", ["failed", 1]),
  kill("disturbed", "lookup insert payout_attempts", ["accepted", 1]),
  kill("disturbed", "lookup commit", ["accepted", 1]),
  kill("disturbed", "lookup committed", ["failed", 1]),

  kill("told", "keep insert webhook_inbox", ["accepted", 1]),
  kill("told", "keep commit", ["accepted", 1]),
  kill("told", "keep committed", ["accepted", 1]),
  kill("told", "claim committed", ["accepted", 1]),
  kill("told", "inbox begin", ["accepted", 1]),
  kill("told", "inbox committed", ["accepted", 1]),
  kill("told", "inbox call", ["accepted", 1]),
  kill("told", "inbox answered", ["accepted", 1]),
  kill("told", "inbox insert journals", ["accepted", 1]),
  kill("told", "inbox commit", ["accepted", 1], { time: 2 }),
  kill("told", "inbox committed", ["succeeded", 1], { time: 2 }),
  kill("strange", "inbox commit", ["accepted", 1]),
  kill("strange", "inbox committed", ["accepted", 1]),
];

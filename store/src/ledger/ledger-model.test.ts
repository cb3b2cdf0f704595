/** Random histories, posted to the database and to a model of ten lines: both must agree on every refusal and counter. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import { findAccount } from "./account.ts";
import { postJournal, reversalOf, type TransferRequest } from "./post-journal.ts";
import { journalOf, sampleAccounts } from "./sample-accounts.ts";
import { verifySample } from "./sample-journals.ts";

type Side = "value" | "member1" | "member2";
interface Move {
  debit: Side;
  credit: Side;
  amount: number;
}
type Command =
  | { does: "post" | "pend"; moves: Move[] }
  /** Which of the earlier journals, counted round. */
  | { does: "settle" | "void" | "reverse" | "repeat"; which: number };

interface Counters {
  debits: number;
  credits: number;
  debitsHeld: number;
  creditsHeld: number;
}

/** A journal of the model, with what became of it. */
interface Known {
  does: "post" | "pend" | "settle" | "void" | "reverse";
  moves: Move[];
  isResolved: boolean;
}

class Model {
  accounts: Record<Side, Counters> = { value: none(), member1: none(), member2: none() };
  readonly known: Known[] = [];

  /** False when the ledger must refuse. */
  accept(does: Known["does"], moves: Move[], of?: Known): boolean {
    const isAllowed = {
      post: () => true,
      pend: () => true,
      settle: () => of?.does === "pend" && !of.isResolved,
      void: () => of?.does === "pend" && !of.isResolved,
      reverse: () => (of?.does === "post" || of?.does === "settle") && !of.isResolved,
    }[does]();
    if (!isAllowed) return false;
    const after = structuredClone(this.accounts);
    // What was done last is taken back first.
    for (const { debit, credit, amount } of does === "reverse" ? moves.toReversed() : moves) {
      const posted = does === "post" || does === "settle" || does === "reverse" ? amount : 0;
      const held = does === "pend" ? amount : does === "settle" || does === "void" ? -amount : 0;
      after[debit].debits += posted;
      after[debit].debitsHeld += held;
      after[credit].credits += posted;
      after[credit].creditsHeld += held;
      if (isBelowZero(debit, after[debit]) || isBelowZero(credit, after[credit])) return false;
    }
    this.accounts = after;
    if (of !== undefined) of.isResolved = true;
    this.known.push({ does, moves, isResolved: false });
    return true;
  }
}

function none(): Counters {
  return { debits: 0, credits: 0, debitsHeld: 0, creditsHeld: 0 };
}

function isBelowZero(side: Side, { debits, credits, debitsHeld, creditsHeld }: Counters): boolean {
  return side === "value" ? credits + creditsHeld > debits : debits + debitsHeld > credits;
}

const sides = fc.constantFrom<Side>("value", "member1", "member2");
const move = fc
  .record({ debit: sides, credit: sides, amount: fc.integer({ min: 1, max: 50 }) })
  .filter(({ debit, credit }) => debit !== credit);
// Money enters by value -> member alone, so half of the moves are of that kind: else nearly all would be refused.
const gift = fc.record({
  debit: fc.constant<Side>("value"),
  credit: fc.constantFrom<Side>("member1", "member2"),
  amount: fc.integer({ min: 20, max: 100 }),
});
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    does: fc.constantFrom<"post" | "pend">("post", "pend"),
    moves: fc.array(fc.oneof(gift, move), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    does: fc.constantFrom<"settle" | "void" | "reverse" | "repeat">("settle", "void", "reverse", "repeat"),
    which: fc.nat(),
  }),
);

/** Plays one history against a fresh waste bank and compares after every command. */
async function play(store: RelationalStore, commands: Command[]): Promise<void> {
  const ids = await sampleAccounts(store);
  const model = new Model();
  const requests: { journalId: string; transferIds: string[]; request: ReturnType<typeof journalOf> }[] = [];
  for (const each of commands) {
    const which = "which" in each && model.known.length > 0 ? each.which % model.known.length : undefined;
    const earlier = which === undefined ? undefined : requests[which];
    if ("which" in each && earlier === undefined) continue;
    if (each.does === "repeat") {
      expect(earlier && (await postJournal(store, earlier.request))).toMatchObject({ kind: "replayed" });
      continue;
    }
    const of = which === undefined ? undefined : model.known[which];
    const request = await requestOf(each.does);
    const outcome = await postJournal(store, request);
    const moves = "moves" in each ? each.moves : mirrored(each.does, of?.moves ?? []);
    expect(outcome.kind).toBe(model.accept(each.does, moves, of) ? "posted" : "refused");
    if (outcome.kind !== "refused") requests.push({ ...outcome, request });

    async function requestOf(does: Known["does"]) {
      if (does === "reverse")
        return store.transaction((tx) => reversalOf(tx, earlier?.journalId ?? "", journalOf([])));
      if (does === "settle" || does === "void") {
        return journalOf(
          (earlier?.transferIds ?? []).map((pending): TransferRequest => ({ phase: does, pending })),
        );
      }
      const ours = "moves" in each ? each.moves : [];
      return journalOf(
        ours.map(({ debit, credit, amount }) => ({
          phase: does,
          debit: ids[debit],
          credit: ids[credit],
          amount,
        })),
      );
    }
  }
  for (const side of ["value", "member1", "member2"] as const) {
    const { debits, credits, debitsHeld, creditsHeld } = model.accounts[side];
    expect(await findAccount(store.db, ids[side])).toMatchObject({
      debitsPosted: debits,
      creditsPosted: credits,
      debitsPending: debitsHeld,
      creditsPending: creditsHeld,
    });
  }
}

function mirrored(does: Known["does"], moves: Move[]): Move[] {
  return does === "reverse"
    ? moves.map(({ debit, credit, amount }) => ({ debit: credit, credit: debit, amount }))
    : moves;
}

onEachEngine("a random history", (suite) => {
  it("has the refusals and the counters of the model, and verifies", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 30 }), (commands) =>
        play(suite.store, commands),
      ),
      { numRuns: suite.engine === "sqlite" ? 40 : 12 },
    );
    expect(await verifySample(suite.store.db)).toEqual([]);
  });
});

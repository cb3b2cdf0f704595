/** Deposits: what is in the books, and what is handed in at a counter or a door. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  DepositCsvRow,
  DepositListQuery,
  DepositPage,
  DepositReceipt,
  NewDeposit,
  PostedDeposit,
} from "@jumpa-madu/contracts/http/deposits";
import { listDeposits } from "@jumpa-madu/store/deposits";
import { type NewDeposit as DepositToTake, takeDeposit } from "@jumpa-madu/store/take-deposit";
import type { User } from "@jumpa-madu/store/users";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { parseMoment, parseSpan } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { DEPOSIT_WORDS, depositOf, problemOf, toDeposit, toReceipt } from "./deposit-answers.ts";
import { readLines } from "./deposit-lines.ts";
import { depositRows } from "./deposit-rows.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const depositRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/deposits",
    {
      schema: {
        tags: ["trade"],
        summary: "Deposits, newest first",
        description:
          "As CSV it is one row a line of a deposit, from line 1, with the deposit's columns on each: sum `amount_idr`, not `deposit_total_idr`. `day` and `time` are WIB, `occurred_at` the same moment in UTC. `limit` counts deposits.",
        querystring: DepositListQuery,
        response: { 200: DepositPage, ...PROBLEMS },
      },
      config: { permission: "deposits.read" },
    },
    async (request, reply) => {
      const { query } = request;
      const caller = callerOf(request);
      const filter = {
        wasteBank: wasteBankInScope(caller, query.waste_bank ?? null),
        member: ownMember(caller, query.member ?? null),
        node: query.node ?? null,
        typed: query.typed === "true",
        ...parseSpan(query),
      };
      await sendList(request, reply, {
        item: PostedDeposit,
        csv: { row: DepositCsvRow, rowsOf: (items: PostedDeposit[]) => depositRows(store.db, items) },
        read: async (page) => {
          const { items, next } = await listDeposits(store.db, filter, page);
          return { items: items.map(toDeposit), next };
        },
      });
    },
  );

  app.get(
    "/v1/deposits/:id",
    {
      schema: {
        tags: ["trade"],
        summary: "One deposit with what is printed of it",
        params: EventPath,
        response: { 200: DepositReceipt, ...PROBLEMS },
      },
      config: { permission: "deposits.read" },
    },
    async (request) => {
      const caller = callerOf(request);
      const deposit = await depositOf(store.db, request.params.id);
      if (caller.role === "member" && caller.member !== deposit.member)
        throw new ProblemError("not_found", "there is no such deposit");
      wasteBankInScope(caller, deposit.wasteBank);
      return await toReceipt(store.db, deposit);
    },
  );

  app.post(
    "/v1/deposits",
    {
      schema: {
        tags: ["trade"],
        summary: "Take a deposit at the counter or at a citizen's door",
        description:
          "The price in force when it was weighed is the server's to pick. Send `expected_total_idr` to be told (409) when the page has shown something else. With purpose `cash` the money comes from the caller's open shift. A door without a network sends `occurred_at`, up to 7 days back, and `printed` on every line: that is honoured, and what differs is shown to staff. Where it is refused, somebody else from the office may post it with `honour`, naming in `taken_by` who took it; cash then comes from that person's shift. The same `id` with the same body is answered 200 with the deposit as it was posted.",
        body: NewDeposit,
        response: { 200: DepositReceipt, 201: DepositReceipt, ...PROBLEMS },
      },
      config: { permission: "deposits.write" },
    },
    async (request, reply) => {
      const deposit = readDeposit(request.body, callerOf(request));
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: DEPOSIT_WORDS,
        work: async (tx) => {
          const taking = await takeDeposit(tx, deposit, nowMs());
          if (taking.kind === "refused") throw problemOf(taking);
          const body = await toReceipt(tx, await depositOf(tx, taking.id));
          return { status: taking.kind === "posted" ? 201 : 200, body };
        },
      });
    },
  );
};

/** A member asks for the own deposits, whether or not the query says so. */
function ownMember(caller: User, asked: string | null): string | null {
  if (caller.role !== "member") return asked;
  if (asked !== null && asked !== caller.member)
    throw new ProblemError("not_found", "there is no such member");
  return caller.member;
}

/** The deposit as the store takes it. Throws ProblemError when the caller may not take it there. */
function readDeposit(body: NewDeposit, caller: User): DepositToTake {
  const { source = "counter", waste_bank: wasteBank } = body;
  refuseForeignPlace(caller, source, wasteBank);
  return {
    id: body.id,
    source,
    device: body.device ?? 1,
    wasteBank,
    member: body.member,
    purpose: body.purpose ?? "save",
    product: body.product ?? null,
    visit: visitOf(source, body.visit),
    occurredMs: parseMoment(body.occurred_at, "/occurred_at"),
    lines: readLines(body.lines),
    expectedTotalIdr: body.expected_total_idr ?? null,
    confirmsDuplicate: body.confirm_duplicate ?? false,
    ...(body.confirm_unusual === true && { confirmsUnusual: true }),
    ...takerOf(body, caller),
  };
}

/** Who took it, and who honours it: the caller takes it, or honours what the named person took. */
function takerOf(
  { honour = false, taken_by: takenBy }: NewDeposit,
  caller: User,
): Pick<DepositToTake, "takenBy" | "honouredBy"> {
  const fault = (message: string) =>
    new ProblemError("invalid", message, { faults: [{ path: "/taken_by", message }] });
  if (!honour) {
    if (takenBy === undefined) return { takenBy: caller.id, honouredBy: null };
    throw fault(
      "whoever sends a deposit has taken it: leave taken_by out, or honour another's receipt with honour",
    );
  }
  if (caller.role !== "admin" && caller.role !== "staff")
    throw new ProblemError("forbidden", "only staff decide that a receipt stands; leave honour out");
  if (takenBy === undefined)
    throw fault("name who took the waste and gave out the receipt that you honour: it is not yourself");
  return { takenBy, honouredBy: caller.id };
}

/** An operator stands at the own counter, a collector at a door: of the own waste bank, or of any when there is none. */
function refuseForeignPlace(caller: User, source: "counter" | "door", wasteBank: string): void {
  wasteBankInScope(caller, wasteBank);
  if (caller.role === "operator" && source === "door")
    throw new ProblemError("forbidden", "an operator takes deposits at the counter; leave source out");
  if (caller.role !== "collector") return;
  if (source !== "door")
    throw new ProblemError("forbidden", 'a collector takes deposits at the door: say source "door"');
  if (caller.wasteBank !== null && caller.wasteBank !== wasteBank)
    throw new ProblemError("forbidden", `a collector of ${caller.wasteBank} does not work for ${wasteBank}`);
}

function visitOf(source: "counter" | "door", visit: string | undefined): string | null {
  if (visit === undefined) return null;
  if (source === "door") return visit;
  const message = "a visit belongs to a deposit at the door: leave it out at the counter";
  throw new ProblemError("invalid", message, { faults: [{ path: "/visit", message }] });
}

/** Expenses: what a waste bank has spent, out of its vault, its bank account or the caller's own drawer. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  CashVoid,
  Expense,
  ExpenseListQuery,
  ExpensePage,
  NewExpense,
} from "@jumpa-madu/contracts/http/cash";
import { findExpense, type ListedExpense, listExpenses } from "@jumpa-madu/store/expense-list";
import { decideExpense, spend, voidExpense } from "@jumpa-madu/store/expenses";
import type { Db } from "@jumpa-madu/store/relational-store";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { parseMoment, parseSpan, toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { answerCashDeed } from "./cash-deed.ts";
import { toVoided } from "./cash-void.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const expenseRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/expenses",
    {
      schema: {
        tags: ["cash"],
        summary: "Expenses, the newest first",
        querystring: ExpenseListQuery,
        response: { 200: ExpensePage, ...PROBLEMS },
      },
      config: { permission: "expenses.read" },
    },
    (request, reply) => {
      const { query } = request;
      const filter = {
        wasteBank: wasteBankInScope(callerOf(request), query.waste_bank ?? null),
        category: query.category ?? null,
        state: query.state ?? null,
        ...parseSpan(query),
      };
      return sendList(request, reply, {
        item: Expense,
        read: async (page) => {
          const { items, next } = await listExpenses(store.db, filter, page);
          return { items: items.map(toExpense), next };
        },
      });
    },
  );

  app.post(
    "/v1/expenses",
    {
      schema: {
        tags: ["cash"],
        summary: "Enter an expense",
        description:
          "Above what one person spends alone on one day it waits as requested until another person approves.",
        body: NewExpense,
        response: { 200: Expense, 201: Expense, ...PROBLEMS },
      },
      config: { permission: "expenses.write" },
    },
    async (request, reply) => {
      const { id, waste_bank: wasteBank, category, amount_idr: amountIdr, from, note } = request.body;
      const caller = callerOf(request);
      wasteBankInScope(caller, wasteBank);
      if (caller.role === "operator" && from !== "drawer")
        throw new ProblemError(
          "forbidden",
          "an operator pays out of the own drawer; ask the office for all else",
        );
      const occurredMs = parseMoment(request.body.occurred_at, "/occurred_at");
      await answerCashDeed(request, reply, {
        store,
        nowMs,
        act: (tx, by) => spend(tx, { id, wasteBank, category, amountIdr, from, note, occurredMs, ...by }),
        read: (tx) => expenseOf(tx, id),
      });
    },
  );

  for (const [verb, decision] of [
    ["approve", "approved"],
    ["reject", "rejected"],
  ] as const) {
    app.post(
      `/v1/expenses/:id/${verb}`,
      {
        schema: {
          tags: ["cash"],
          summary: `${verb === "approve" ? "Approve" : "Reject"} what another person has spent`,
          params: EventPath,
          response: { 200: Expense, 201: Expense, ...PROBLEMS },
        },
        config: { permission: "expenses.approve" },
      },
      async (request, reply) => {
        const { id: expense } = request.params;
        await answerCashDeed(request, reply, {
          store,
          nowMs,
          act: (tx, by) => decideExpense(tx, { expense, decision, ...by }),
          read: (tx) => expenseOf(tx, expense),
        });
      },
    );
  }

  app.post(
    "/v1/expenses/:id/void",
    {
      schema: {
        tags: ["cash"],
        summary: "Take back what another person has spent",
        params: EventPath,
        body: CashVoid,
        response: { 200: Expense, 201: Expense, ...PROBLEMS },
      },
      config: { permission: "expenses.void" },
    },
    async (request, reply) => {
      const { id: of } = request.params;
      await answerCashDeed(request, reply, {
        store,
        nowMs,
        act: (tx, by) => voidExpense(tx, { ...request.body, of, ...by }),
        read: (tx) => expenseOf(tx, of),
      });
    },
  );
};

async function expenseOf(db: Db, id: string): Promise<Expense> {
  const expense = await findExpense(db, id);
  if (expense === null)
    throw new ProblemError("not_found", `there is no expense ${id}; take the id from the list`);
  return toExpense(expense);
}

function toExpense(expense: ListedExpense): Expense {
  const { decided } = expense;
  return {
    id: expense.id,
    waste_bank: expense.wasteBank,
    category: expense.category,
    amount_idr: expense.amountIdr,
    from: expense.from,
    shift: expense.shift,
    note: expense.note,
    spent_by: expense.spentBy,
    state: expense.state,
    decided: decided === null ? null : { by: decided.by, at: toIso(decided.atMs) },
    occurred_at: toIso(expense.occurredMs),
    created_at: toIso(expense.createdMs),
    voided: toVoided(expense.voided),
  };
}

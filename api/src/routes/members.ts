/** Members, and what each has saved. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  CardChange,
  Member,
  MemberAccount,
  MemberListQuery,
  MemberPage,
  NewMember,
  StatementLine,
  StatementQuery,
} from "@jumpa-madu/contracts/http/people";
import { accountsOfMember, availableOf, balanceOf } from "@jumpa-madu/store/account";
import { constraintFault } from "@jumpa-madu/store/constraint-fault";
import { listStatement, type StatementLine as StatementRow } from "@jumpa-madu/store/member-statement";
import {
  findMember,
  insertMember,
  listMembers,
  type Member as MemberRow,
  numberPrefixOf,
  replaceCard,
  wasteBankOfNumber,
} from "@jumpa-madu/store/members";
import type { Db, Tx } from "@jumpa-madu/store/relational-store";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { memberInScope, wasteBankInScope } from "../auth/scope.ts";
import { PAGE_ROWS_DEFAULT, readPage, sendList, wantsCsv } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const memberRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/members",
    {
      schema: {
        tags: ["people"],
        summary: "Members by number",
        querystring: MemberListQuery,
        response: { 200: MemberPage, ...PROBLEMS },
      },
      config: { permission: "members.list" },
    },
    async (request, reply) => {
      const wasteBank = wasteBankInScope(callerOf(request), request.query.waste_bank ?? null);
      await sendList(request, reply, {
        item: Member,
        read: async (page) => {
          const filter = { wasteBank, beginsWith: request.query.q ?? null };
          const { items, next } = await listMembers(store.db, filter, page);
          return { items: items.map(toMember), next };
        },
      });
    },
  );

  app.get(
    "/v1/members/:id",
    {
      schema: {
        tags: ["people"],
        summary: "One member",
        params: EventPath,
        response: { 200: Member, ...PROBLEMS },
      },
      config: { permission: "members.read" },
    },
    async (request) =>
      toMember(memberInScope(callerOf(request), await findMember(store.db, request.params.id))),
  );

  app.get(
    "/v1/members/:id/account",
    {
      schema: {
        tags: ["people"],
        summary: "What a member has saved, with the lines of the passbook, newest first",
        description: "An operator sees the books of the own waste bank alone.",
        params: EventPath,
        querystring: StatementQuery,
        response: { 200: MemberAccount, ...PROBLEMS },
      },
      config: { permission: "accounts.read" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { id: member } = memberInScope(caller, await findMember(store.db, request.params.id));
      const owner = { member, wasteBank: wasteBankInScope(caller, null) };
      const read = async (page: { limit: number; after: string | null }) => {
        const { items, next } = await listStatement(store.db, owner, page);
        return { items: items.map(toLine), next };
      };
      if (wantsCsv(request.query, request.headers.accept)) {
        await sendList(request, reply, { item: StatementLine, read });
        return;
      }
      const totals = await totalsOf(store.db, owner);
      const { limit = PAGE_ROWS_DEFAULT, after = null } = request.query;
      const { items, next } = await readPage({ read }, { limit, after });
      await reply.send({ member, currency: "IDR", ...totals, lines: items, next });
    },
  );

  app.post(
    "/v1/members",
    {
      schema: {
        tags: ["people"],
        summary: "Register a member",
        body: NewMember,
        response: { 201: Member, ...PROBLEMS },
      },
      config: { permission: "members.write" },
    },
    async (request, reply) => {
      const { name, waste_bank: wasteBank, number = null, phone = null, card = null } = request.body;
      wasteBankInScope(callerOf(request), wasteBank);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `there is a member ${number ?? "of this number"} already, or one with this card`,
          unknown: `there is no waste bank ${wasteBank}`,
        },
        work: async (tx) => {
          const member = { name, wasteBank, number, phone, card };
          await refuseForeignNumber(tx, member);
          return {
            status: 201,
            body: toMember(await insertMember(store.engine, tx, { member, nowMs: nowMs() })),
          };
        },
      });
    },
  );

  app.put(
    "/v1/members/:id/card",
    {
      schema: {
        tags: ["people"],
        summary: "Give a member a card, or take it away; the terminals fetch it with their catalogue",
        params: EventPath,
        body: CardChange,
        response: { 200: Member, ...PROBLEMS },
      },
      config: { permission: "members.write" },
    },
    async (request) => {
      const { id } = request.params;
      const { card } = request.body;
      const member = memberInScope(callerOf(request), await findMember(store.db, id));
      try {
        await store.transaction((tx) => replaceCard(tx, id, card));
      } catch (cause) {
        if (constraintFault(cause) !== "exists") throw cause;
        throw new ProblemError("conflict", "this card belongs to another member; take it away there first");
      }
      return toMember({ ...member, card });
    },
  );
};

/** Throws when a number given by hand looks like one that another waste bank draws: cards would name the wrong place. */
async function refuseForeignNumber(
  tx: Tx,
  { number, wasteBank }: { number: string | null; wasteBank: string },
): Promise<void> {
  const owner = number === null ? null : await wasteBankOfNumber(tx, number);
  if (owner === null || owner === wasteBank) return;
  throw new ProblemError(
    "refused",
    `a number that begins with ${numberPrefixOf(owner)} is one of waste bank ${owner}`,
  );
}

async function totalsOf(
  db: Db,
  { member, wasteBank }: { member: string; wasteBank: string | null },
): Promise<Pick<MemberAccount, "balance" | "available" | "books">> {
  const savings = (await accountsOfMember(db, member)).filter(
    (account) => account.kind === "member_savings" && (wasteBank === null || account.wasteBank === wasteBank),
  );
  const books = savings.map((account) => ({
    waste_bank: account.wasteBank,
    balance: balanceOf(account),
    available: availableOf(account),
  }));
  return {
    balance: books.reduce((sum, { balance }) => sum + balance, 0),
    available: books.reduce((sum, { available }) => sum + available, 0),
    books,
  };
}

function toLine(line: StatementRow): StatementLine {
  return {
    occurred_at: toIso(line.occurredMs),
    kind: line.kind,
    amount: line.amountIdr,
    deposit: line.deposit,
    receipt_no: line.receiptNo,
    waste_bank: line.wasteBank,
    journal: line.journal,
  };
}

function toMember({ id, number, name, phone, card, wasteBank, createdMs }: MemberRow): Member {
  return { id, number, name, phone, card, waste_bank: wasteBank, created_at: toIso(createdMs) };
}

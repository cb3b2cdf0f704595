/** What a member has saved. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { MemberAccount, StatementLine, StatementQuery } from "@jumpa-madu/contracts/http/people";
import { accountsOfMember, availableOf, balanceOf } from "@jumpa-madu/store/account";
import { listStatement, type StatementLine as StatementRow } from "@jumpa-madu/store/member-statement";
import { findMember } from "@jumpa-madu/store/members";
import type { Db } from "@jumpa-madu/store/relational-store";
import type { Rooms } from "../app.ts";
import { memberInScope, wasteBankInScope } from "../auth/scope.ts";
import { PAGE_ROWS_DEFAULT, readPage, sendList, wantsCsv } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const memberAccountRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store }) => {
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
};

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

/** Deposits that are in the books. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { DepositListQuery, DepositPage, PostedDeposit } from "@jumpa-madu/contracts/http/trade";
import { type PostedDeposit as DepositRow, listDeposits } from "@jumpa-madu/store/deposits";
import type { User } from "@jumpa-madu/store/users";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { parseMoment, toIso, toIsoOrNull } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";

export const depositRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store }) => {
  app.get(
    "/v1/deposits",
    {
      schema: {
        tags: ["trade"],
        summary: "Deposits, newest first",
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
        fromMs: parseMoment(query.from, "/querystring/from"),
        toMs: parseMoment(query.to, "/querystring/to"),
      };
      await sendList(request, reply, {
        item: PostedDeposit,
        read: async (page) => {
          const { items, next } = await listDeposits(store.db, filter, page);
          return { items: items.map(toDeposit), next };
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

function toDeposit(deposit: DepositRow): PostedDeposit {
  const { voided } = deposit;
  return {
    id: deposit.id,
    occurred_at: toIso(deposit.occurredMs),
    received_at: toIso(deposit.receivedMs),
    waste_bank: deposit.wasteBank,
    node: deposit.node,
    member: deposit.member,
    receipt_no: deposit.receiptNo,
    total_idr: deposit.totalIdr,
    voided:
      voided === null
        ? null
        : { id: voided.id, reason: voided.reason, occurred_at: toIso(voided.occurredMs) },
    lines: deposit.lines.map((line) => ({
      material: line.material,
      price: line.price,
      price_idr_per_kg: line.priceIdrPerKg,
      gross_g: line.grossG,
      tare_g: line.tareG,
      net_g: line.netG,
      stable: line.stable,
      scale: line.scale,
      verified_until: toIsoOrNull(line.verifiedUntilMs),
      raw: line.raw,
      typed: line.typed !== null,
      supervisor: line.typed?.supervisor ?? null,
      typed_reason: line.typed?.reason ?? null,
      amount_idr: line.amountIdr,
    })),
  };
}

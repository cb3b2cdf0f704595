/** Savings products and their rules. Rules are set for a time to come or from now on, never changed. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  NewSavingsProduct,
  NewSavingsRules,
  SavingsProduct,
  SavingsProductPage,
  SavingsProductQuery,
  SavingsRules,
} from "@jumpa-madu/contracts/http/savings";
import {
  addProduct,
  listProducts,
  type SavingsProduct as ProductRow,
  setRules,
} from "@jumpa-madu/store/savings-products";
import type { SavingsRules as RulesRow, WithdrawalRules } from "@jumpa-madu/store/savings-rules";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { PROBLEMS } from "./problems.ts";
import { NamePath } from "./route-parts.ts";
import { unlessRefused } from "./savings-refusal.ts";

/** Rules of a product that is made without any: whatever is there may be withdrawn on any day. */
const FREE: GivenRules = { min_balance_idr: 0, min_withdrawal_idr: 1, windows: [], lock_days: 0 };

export const savingsProductRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/savings-products",
    {
      schema: {
        tags: ["savings"],
        summary: "Savings products with their rules; those of one waste bank when it is given",
        querystring: SavingsProductQuery,
        response: { 200: SavingsProductPage, ...PROBLEMS },
      },
      config: { permission: "savings_products.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: SavingsProduct,
        read: async (page) => {
          const { items, next } = await listProducts(store.db, request.query.waste_bank ?? null, page);
          return { items: items.map(toProduct), next };
        },
      }),
  );

  app.post(
    "/v1/savings-products",
    {
      schema: {
        tags: ["savings"],
        summary: "Make a savings product, of one waste bank or of all",
        body: NewSavingsProduct,
        response: { 201: SavingsProduct, ...PROBLEMS },
      },
      config: { permission: "savings_products.write" },
    },
    async (request, reply) => {
      const { id, name, waste_bank: wasteBank = null, rules = FREE } = request.body;
      const doer = { actor: `user:${callerOf(request).id}`, nowMs: nowMs() };
      await answerOnce(request, reply, {
        store,
        nowMs: doer.nowMs,
        words: {
          exists: `there is a savings product ${id} already`,
          unknown: "there is no such waste bank",
        },
        work: async (tx) => {
          const made = await addProduct(tx, { id, name, wasteBank, rules: fromGiven(rules) }, doer);
          return { status: 201, body: toProduct(unlessRefused(made).product) };
        },
      });
    },
  );

  app.post(
    "/v1/savings-products/:id/rules",
    {
      schema: {
        tags: ["savings"],
        summary: "Give a product new rules, which hold for old books as well",
        description:
          "They begin at once, or with a day to come. Rules are never changed: to correct some that have begun, set others that begin at once.",
        params: NamePath,
        body: NewSavingsRules,
        response: { 201: SavingsRules, ...PROBLEMS },
      },
      config: { permission: "savings_products.write" },
    },
    async (request, reply) => {
      const { valid_from: validFrom = null, ...rules } = request.body;
      const product = request.params.id;
      const doer = { actor: `user:${callerOf(request).id}`, nowMs: nowMs() };
      await answerOnce(request, reply, {
        store,
        nowMs: doer.nowMs,
        words: {
          exists: `the product ${product} has rules that begin then already; choose another day`,
          unknown: `there is no savings product ${product}`,
        },
        work: async (tx) => {
          const set = await setRules(tx, { product, validFrom, rules: fromGiven(rules) }, doer);
          return { status: 201, body: toRules(unlessRefused(set).rules) };
        },
      });
    },
  );
};

interface GivenRules {
  min_balance_idr: number;
  min_withdrawal_idr: number;
  windows: { from: string; until: string }[];
  lock_days: number;
  locked_until?: string | null;
}

function fromGiven(given: GivenRules): WithdrawalRules {
  return {
    minBalanceIdr: given.min_balance_idr,
    minWithdrawalIdr: given.min_withdrawal_idr,
    windows: given.windows,
    lockDays: given.lock_days,
    lockedUntil: given.locked_until ?? null,
  };
}

function toRules(rules: RulesRow): SavingsRules {
  return {
    id: rules.id,
    valid_from: toIso(rules.validFromMs),
    min_balance_idr: rules.minBalanceIdr,
    min_withdrawal_idr: rules.minWithdrawalIdr,
    windows: rules.windows,
    lock_days: rules.lockDays,
    locked_until: rules.lockedUntil,
    created_by: rules.createdBy,
    created_at: toIso(rules.createdMs),
  };
}

function toProduct({ id, wasteBank, name, rules, createdBy, createdMs }: ProductRow): SavingsProduct {
  return {
    id,
    waste_bank: wasteBank,
    name,
    created_by: createdBy,
    created_at: toIso(createdMs),
    rules: rules.map(toRules),
  };
}

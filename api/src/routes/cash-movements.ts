/** Movements of a waste bank's own money. What leaves it, or mends the count of its vault, is approved by another person. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  CashMovement,
  CashMovementListQuery,
  CashMovementPage,
  CashVoid,
  NewCashMovement,
} from "@jumpa-madu/contracts/http/cash";
import { findMovement, type ListedMovement, listMovements } from "@jumpa-madu/store/movement-list";
import { decideMovement, requestMovement, voidMovement } from "@jumpa-madu/store/movements";
import type { Db } from "@jumpa-madu/store/relational-store";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { ProblemError } from "../problem-error.ts";
import { answerCashDeed } from "./cash-deed.ts";
import { toVoided } from "./cash-void.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const cashMovementRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/cash-movements",
    {
      schema: {
        tags: ["cash"],
        summary: "Movements, the newest first",
        querystring: CashMovementListQuery,
        response: { 200: CashMovementPage, ...PROBLEMS },
      },
      config: { permission: "cash_movements.read" },
    },
    (request, reply) => {
      const { waste_bank: wasteBank = null, state = null } = request.query;
      return sendList(request, reply, {
        item: CashMovement,
        read: async (page) => {
          const { items, next } = await listMovements(store.db, { wasteBank, state }, page);
          return { items: items.map(toMovement), next };
        },
      });
    },
  );

  app.get(
    "/v1/cash-movements/:id",
    {
      schema: {
        tags: ["cash"],
        summary: "One movement",
        params: EventPath,
        response: { 200: CashMovement, ...PROBLEMS },
      },
      config: { permission: "cash_movements.read" },
    },
    async (request, reply) => {
      await reply.send(await movementOf(store.db, request.params.id));
    },
  );

  app.post(
    "/v1/cash-movements",
    {
      schema: {
        tags: ["cash"],
        summary: "Move cash, or ask for it where another person must approve",
        description:
          "capital_out, bank_to_provider, provider_to_bank, vault_over and vault_short wait as requested until another person approves.",
        body: NewCashMovement,
        response: { 200: CashMovement, 201: CashMovement, ...PROBLEMS },
      },
      config: { permission: "cash_movements.write" },
    },
    async (request, reply) => {
      const { body } = request;
      await answerCashDeed(request, reply, {
        store,
        nowMs,
        act: (tx, by) =>
          requestMovement(tx, {
            id: body.id,
            wasteBank: body.waste_bank,
            kind: body.kind,
            amountIdr: body.amount_idr,
            place: body.place ?? null,
            provider: body.provider ?? null,
            shift: body.shift ?? null,
            reason: body.reason,
            reference: body.reference ?? null,
            ...by,
          }),
        read: (tx) => movementOf(tx, body.id),
      });
    },
  );

  for (const [verb, decision] of [
    ["approve", "approved"],
    ["reject", "rejected"],
  ] as const) {
    app.post(
      `/v1/cash-movements/:id/${verb}`,
      {
        schema: {
          tags: ["cash"],
          summary: `${verb === "approve" ? "Approve" : "Reject"} what another person has asked for`,
          params: EventPath,
          response: { 200: CashMovement, 201: CashMovement, ...PROBLEMS },
        },
        config: { permission: "cash_movements.approve" },
      },
      async (request, reply) => {
        const { id: movement } = request.params;
        await answerCashDeed(request, reply, {
          store,
          nowMs,
          act: (tx, by) => decideMovement(tx, { movement, decision, ...by }),
          read: (tx) => movementOf(tx, movement),
        });
      },
    );
  }

  app.post(
    "/v1/cash-movements/:id/void",
    {
      schema: {
        tags: ["cash"],
        summary: "Take back what another person has moved",
        params: EventPath,
        body: CashVoid,
        response: { 200: CashMovement, 201: CashMovement, ...PROBLEMS },
      },
      config: { permission: "cash_movements.approve" },
    },
    async (request, reply) => {
      const { id: of } = request.params;
      await answerCashDeed(request, reply, {
        store,
        nowMs,
        act: (tx, by) => voidMovement(tx, { ...request.body, of, ...by }),
        read: (tx) => movementOf(tx, of),
      });
    },
  );
};

async function movementOf(db: Db, id: string): Promise<CashMovement> {
  const movement = await findMovement(db, id);
  if (movement === null)
    throw new ProblemError("not_found", `there is no movement ${id}; take the id from the list`);
  return toMovement(movement);
}

function toMovement(movement: ListedMovement): CashMovement {
  const { decided } = movement;
  return {
    id: movement.id,
    waste_bank: movement.wasteBank,
    kind: movement.kind,
    amount_idr: movement.amountIdr,
    place: movement.place,
    provider: movement.provider,
    shift: movement.shift,
    reason: movement.reason,
    reference: movement.reference,
    state: movement.state,
    requested_by: movement.requestedBy,
    requested_at: toIso(movement.requestedMs),
    decided: decided === null ? null : { by: decided.by, at: toIso(decided.atMs) },
    voided: toVoided(movement.voided),
  };
}

/** Shifts: a cashier opens one, counts its drawer blind, and another person confirms the count. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  NewShift,
  Shift,
  ShiftConfirmation,
  ShiftCount,
  ShiftExplanation,
  ShiftLine,
  ShiftLinePage,
  ShiftLineQuery,
  ShiftListQuery,
  ShiftPage,
} from "@jumpa-madu/contracts/http/cash";
import { closeShift } from "@jumpa-madu/store/close-shift";
import { confirmShift } from "@jumpa-madu/store/confirm-shift";
import { explainShift } from "@jumpa-madu/store/explain-shift";
import { beginShift } from "@jumpa-madu/store/open-shift";
import type { Db } from "@jumpa-madu/store/relational-store";
import { type ShiftLine as LineRow, listShiftLines } from "@jumpa-madu/store/shift-lines";
import { findShift, type ListedShift, listShifts } from "@jumpa-madu/store/shift-list";
import type { User } from "@jumpa-madu/store/users";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { answerCashDeed } from "./cash-deed.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const shiftRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/shifts",
    {
      schema: {
        tags: ["cash"],
        summary: "Shifts, the one that was opened last first",
        querystring: ShiftListQuery,
        response: { 200: ShiftPage, ...PROBLEMS },
      },
      config: { permission: "shifts.read" },
    },
    (request, reply) => {
      const { query } = request;
      const caller = callerOf(request);
      if (caller.role === "collector" && query.user !== undefined && query.user !== caller.id)
        throw new ProblemError("forbidden", "a collector sees the own shifts; leave user out");
      const filter = {
        wasteBank: wasteBankInScope(caller, query.waste_bank ?? null),
        user: caller.role === "collector" ? caller.id : (query.user ?? null),
        state: query.state ?? null,
      };
      return sendList(request, reply, {
        item: Shift,
        read: async (page) => {
          const { items, next } = await listShifts(store.db, filter, page);
          return { items: items.map((shift) => toShift(shift, caller)), next };
        },
      });
    },
  );

  app.get(
    "/v1/shifts/:id",
    {
      schema: {
        tags: ["cash"],
        summary: "One shift",
        params: EventPath,
        response: { 200: Shift, ...PROBLEMS },
      },
      config: { permission: "shifts.read" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const shift = await shiftInScope(store.db, caller, request.params.id);
      await reply.send(toShift(shift, caller));
    },
  );

  app.get(
    "/v1/shifts/:id/lines",
    {
      schema: {
        tags: ["cash"],
        summary: "What moved through the drawer in a shift",
        description: "Shown to whoever may have to count the drawer only after the count.",
        params: EventPath,
        querystring: ShiftLineQuery,
        response: { 200: ShiftLinePage, ...PROBLEMS },
      },
      config: { permission: "shifts.read" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const shift = await shiftInScope(store.db, caller, request.params.id);
      if (shift.close === null && isBlind(shift, caller)) {
        throw new ProblemError(
          "conflict",
          "the lines of an open shift are shown after its drawer is counted",
        );
      }
      await sendList(request, reply, {
        item: ShiftLine,
        read: async (page) => {
          const lines = await listShiftLines(store.db, shift.id, page);
          return { items: (lines?.items ?? []).map(toLine), next: lines?.next ?? null };
        },
      });
    },
  );

  app.post(
    "/v1/shifts",
    {
      schema: {
        tags: ["cash"],
        summary: "Open a shift of your own, with cash out of the vault",
        body: NewShift,
        response: { 200: Shift, 201: Shift, ...PROBLEMS },
      },
      config: { permission: "shifts.write" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { id, waste_bank: wasteBank, float_idr: floatIdr } = request.body;
      ownWasteBank(caller, wasteBank);
      await answerCashDeed(request, reply, {
        store,
        nowMs,
        act: (tx, by) => beginShift(tx, { id, wasteBank, floatIdr, ...by }),
        read: (tx) => answerOf(tx, id, caller),
      });
    },
  );

  app.post(
    "/v1/shifts/:id/close",
    {
      schema: {
        tags: ["cash"],
        summary: "Count the drawer and close the shift",
        description:
          "The count is final: only the answer tells what the books held. One that is far off needs a reason, here or afterwards.",
        params: EventPath,
        body: ShiftCount,
        response: { 200: Shift, 201: Shift, ...PROBLEMS },
      },
      config: { permission: "shifts.write" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { id, counted = null, nodes = [], reason = null } = request.body;
      const shift = request.params.id;
      await answerCashDeed(request, reply, {
        store,
        nowMs,
        act: async (tx, by) => {
          await ownShift(tx, caller, shift);
          const countedIdr = sumOfCount(counted, request.body.counted_idr ?? null);
          return await closeShift(tx, { id, shift, countedIdr, notes: counted, nodes, reason, ...by });
        },
        read: (tx) => answerOf(tx, shift, caller),
      });
    },
  );

  app.post(
    "/v1/shifts/:id/explain",
    {
      schema: {
        tags: ["cash"],
        summary: "Say why a count was off",
        params: EventPath,
        body: ShiftExplanation,
        response: { 200: Shift, 201: Shift, ...PROBLEMS },
      },
      config: { permission: "shifts.write" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { id, reason } = request.body;
      const shift = request.params.id;
      await answerCashDeed(request, reply, {
        store,
        nowMs,
        act: async (tx, by) => {
          await ownShift(tx, caller, shift);
          return await explainShift(tx, { id, shift, reason, ...by });
        },
        read: (tx) => answerOf(tx, shift, caller),
      });
    },
  );

  app.post(
    "/v1/shifts/:id/confirm",
    {
      schema: {
        tags: ["cash"],
        summary: "Confirm the count of another person",
        params: EventPath,
        body: ShiftConfirmation,
        response: { 200: Shift, 201: Shift, ...PROBLEMS },
      },
      config: { permission: "shifts.confirm" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const shift = request.params.id;
      await answerCashDeed(request, reply, {
        store,
        nowMs,
        act: (tx, by) => confirmShift(tx, { id: request.body.id, shift, ...by }),
        read: (tx) => answerOf(tx, shift, caller),
      });
    },
  );
};

/** A collector may belong to a waste bank or to none; one that does works there alone. */
function ownWasteBank(caller: User, wasteBank: string): void {
  wasteBankInScope(caller, wasteBank);
  if (caller.role === "collector" && caller.wasteBank !== null && caller.wasteBank !== wasteBank)
    throw new ProblemError("forbidden", `a collector of ${caller.wasteBank} does not work for ${wasteBank}`);
}

/** The shift when the caller may see it. Throws `not_found` when there is none, or none for this caller to know of. */
async function shiftInScope(db: Db, caller: User, id: string): Promise<ListedShift> {
  const shift = await findShift(db, id);
  const isHidden =
    shift === null ||
    (caller.role === "operator" && caller.wasteBank !== shift.wasteBank) ||
    (caller.role === "collector" && caller.id !== shift.user);
  if (isHidden) throw new ProblemError("not_found", `there is no shift ${id}; take the id from the list`);
  return shift;
}

/** Throws ProblemError unless the caller may act on the shift: the cashier, or the office in the cashier's place. */
async function ownShift(db: Db, caller: User, id: string): Promise<void> {
  const shift = await shiftInScope(db, caller, id);
  if (caller.role !== "staff" && caller.id !== shift.user)
    throw new ProblemError("forbidden", "only the cashier, or the office, counts this drawer");
}

async function answerOf(db: Db, id: string, caller: User): Promise<Shift> {
  return toShift(await shiftInScope(db, caller, id), caller);
}

/** The sum of the notes, or the one given. Throws ProblemError when there is none, or when the two differ. */
function sumOfCount(notes: Record<string, number | undefined> | null, sumIdr: number | null): number {
  if (notes === null && sumIdr === null)
    throw new ProblemError("refused", "say what you counted: counted (each note and coin), or counted_idr");
  if (notes === null) return sumIdr ?? 0;
  const sum = Object.entries(notes).reduce((all, [worth, pieces = 0]) => all + Number(worth) * pieces, 0);
  if (sumIdr !== null && sumIdr !== sum)
    throw new ProblemError("refused", `the notes and coins make ${sum}, not ${sumIdr}; count again`);
  return sum;
}

/** True when the caller may have to count the drawer: works at a counter, or is its cashier. */
function isBlind(shift: ListedShift, caller: User): boolean {
  return caller.role === "operator" || caller.role === "collector" || caller.id === shift.user;
}

function toShift(shift: ListedShift, caller: User): Shift {
  const { close, confirmed } = shift;
  return {
    id: shift.id,
    user: shift.user,
    waste_bank: shift.wasteBank,
    float_idr: shift.floatIdr,
    opened_at: toIso(shift.openedMs),
    drawer_idr: isBlind(shift, caller) ? null : shift.drawerIdr,
    close:
      close === null
        ? null
        : {
            id: close.id,
            by: close.by,
            at: toIso(close.atMs),
            book_idr: close.bookIdr,
            node_cash_idr: close.nodeCashIdr,
            counted_idr: close.countedIdr,
            difference_idr: close.differenceIdr,
            notes: close.notes,
            reason: close.reason,
            lacks_reason: close.lacksReason,
            nodes: close.nodes.map(({ node, amountIdr }) => ({ node, amount_idr: amountIdr })),
          },
    confirmed: confirmed === null ? null : { by: confirmed.by, at: toIso(confirmed.atMs) },
  };
}

function toLine({ amountIdr, occurredMs, ...line }: LineRow): ShiftLine {
  return { ...line, amount_idr: amountIdr, occurred_at: toIso(occurredMs) };
}

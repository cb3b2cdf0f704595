/** How members end: closed when nothing of theirs is in the books, opened again when they come back, erased when they are to be forgotten. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { EndingReason, Member } from "@jumpa-madu/contracts/http/members";
import { closeMember, reopenMember } from "@jumpa-madu/store/member-closing";
import { eraseMember } from "@jumpa-madu/store/member-erasure";
import type { Rooms } from "../app.ts";
import { callerOf } from "../permissions.ts";
import { actorOf, done, shownOne } from "./member-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const memberEndingRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, rooms) => {
  const { store, nowMs } = rooms;

  app.post(
    "/v1/members/:id/close",
    {
      schema: {
        tags: ["people"],
        summary: "Close a member: no deposit and no payout any more",
        description:
          "409 while there are savings, held amounts or payouts under way. Closed twice is closed.",
        params: EventPath,
        body: EndingReason,
        response: { 200: Member, ...PROBLEMS },
      },
      config: { permission: "members.close" },
    },
    async (request) => {
      const ending = {
        member: request.params.id,
        reason: request.body.reason,
        actor: actorOf(callerOf(request)),
        nowMs: nowMs(),
      };
      return await shownOne(
        rooms,
        await store.transaction(async (tx) => done(await closeMember(tx, ending))),
      );
    },
  );

  app.post(
    "/v1/members/:id/reopen",
    {
      schema: {
        tags: ["people"],
        summary: "Open a closed member again, with the books that were closed together",
        description:
          "Their locks begin anew. 409 of a member who was erased: register the person anew. Opened twice is open.",
        params: EventPath,
        body: EndingReason,
        response: { 200: Member, ...PROBLEMS },
      },
      config: { permission: "members.close" },
    },
    async (request) => {
      const ending = {
        member: request.params.id,
        reason: request.body.reason,
        actor: actorOf(callerOf(request)),
        nowMs: nowMs(),
      };
      return await shownOne(
        rooms,
        await store.transaction(async (tx) => done(await reopenMember(tx, ending))),
      );
    },
  );

  app.post(
    "/v1/members/:id/erase",
    {
      schema: {
        tags: ["people"],
        summary: "Forget a member: name, phone, address, NIK, card and PIN go, and cannot be brought back",
        description:
          "Closes the member first where that was not done. The books keep the member's number and amounts. Sent again, it finishes what was cut off.",
        params: EventPath,
        body: EndingReason,
        response: { 200: Member, ...PROBLEMS },
      },
      config: { permission: "members.erase" },
    },
    async (request) => {
      const ending = {
        member: request.params.id,
        reason: request.body.reason,
        actor: actorOf(callerOf(request)),
        nowMs: nowMs(),
      };
      return await shownOne(rooms, done(await eraseMember(rooms, ending)));
    },
  );
};

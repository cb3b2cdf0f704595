/** Consents of members to the use of their personal data: given and taken back, and nothing of it is ever changed. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { ConsentList, Member, NewConsent } from "@jumpa-madu/contracts/http/members";
import { listConsents } from "@jumpa-madu/store/consents";
import { takeConsent } from "@jumpa-madu/store/member-registration";
import { findMember } from "@jumpa-madu/store/members";
import type { Rooms } from "../app.ts";
import { memberInScope } from "../auth/scope.ts";
import { callerOf } from "../permissions.ts";
import { actorOf, done, shownOne, toConsent } from "./member-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const memberConsentRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, rooms) => {
  const { store, nowMs } = rooms;

  app.get(
    "/v1/members/:id/consents",
    {
      schema: {
        tags: ["people"],
        summary: "What a member has agreed to and taken back, the last act first",
        params: EventPath,
        response: { 200: ConsentList, ...PROBLEMS },
      },
      config: { permission: "members.read" },
    },
    async (request) => {
      const { id } = memberInScope(callerOf(request), await findMember(store.db, request.params.id));
      return { items: (await listConsents(store.db, id)).map(toConsent) };
    },
  );

  app.post(
    "/v1/members/:id/consents",
    {
      schema: {
        tags: ["people"],
        summary: "Take down that a member agrees, or takes the agreement back",
        description:
          "Who took it back stands in `GET /v1/members?consent=withdrawn` until the personal data is erased or a consent is given again.",
        params: EventPath,
        body: NewConsent,
        response: { 200: Member, ...PROBLEMS },
      },
      config: { permission: "members.write" },
    },
    async (request) => {
      const caller = callerOf(request);
      const { id: member } = memberInScope(caller, await findMember(store.db, request.params.id));
      const taken = { ...request.body, member, takenBy: actorOf(caller), atMs: nowMs() };
      return await shownOne(rooms, await store.transaction(async (tx) => done(await takeConsent(tx, taken))));
    },
  );
};

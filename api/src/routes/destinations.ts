/** Destinations: accounts and wallets that a member is paid to. Numbers and holders are never shown. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  Destination,
  DestinationPage,
  DestinationPath,
  Ending,
  NewDestination,
} from "@jumpa-madu/contracts/http/payouts";
import {
  addDestination,
  confirmDestination,
  destinationsOf,
  findDestination,
  INQUIRING_PROVIDERS,
  retireDestination,
} from "@jumpa-madu/store/destinations";
import { findMember } from "@jumpa-madu/store/members";
import { PAGE_ROWS_MAX } from "@jumpa-madu/store/page";
import type { FastifyRequest } from "fastify";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { memberInScope } from "../auth/scope.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { actorOf, toDestination, unlessRefused } from "./payout-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const destinationRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, rooms) => {
  const { store, vault, nowMs, payoutProvider } = rooms;
  const WORDS = { exists: "this id was used for another destination", unknown: "there is no such member" };

  app.get(
    "/v1/members/:id/destinations",
    {
      schema: {
        tags: ["payouts"],
        summary: "Destinations of a member, the newest first",
        params: EventPath,
        response: { 200: DestinationPage, ...PROBLEMS },
      },
      config: { permission: "destinations.read" },
    },
    async (request) => {
      const { id } = memberInScope(callerOf(request), await findMember(store.db, request.params.id));
      const rows = await destinationsOf(store.db, id, PAGE_ROWS_MAX);
      return { items: rows.map(toDestination), next: null };
    },
  );

  app.post(
    "/v1/members/:id/destinations",
    {
      schema: {
        tags: ["payouts"],
        summary: "Add a destination; it may be paid to a day later",
        params: EventPath,
        body: NewDestination,
        response: { 200: Destination, 201: Destination, ...PROBLEMS },
      },
      config: { permission: "destinations.write" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { id: member } = memberInScope(caller, await findMember(store.db, request.params.id));
      const { id, channel, account_number: accountNumber, account_name: accountName } = request.body;
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        // The number must not be in the table of answers, not even as a plain hash that could be tried out.
        fingerprint: { id, channel, account: vault.blindIndex("answer", `${accountNumber} ${accountName}`) },
        words: WORDS,
        work: async (tx) => {
          const outcome = await addDestination(vault, tx, {
            id,
            member,
            channel,
            accountNumber,
            accountName,
            createdBy: actorOf(caller),
            isInquired: payoutProvider !== null && INQUIRING_PROVIDERS.includes(payoutProvider),
            nowMs: nowMs(),
          });
          const { kind, destination } = unlessRefused(outcome);
          return { status: kind === "kept" ? 201 : 200, body: toDestination(destination) };
        },
      });
    },
  );

  app.post(
    "/v1/members/:id/destinations/:destination/confirm",
    {
      schema: {
        tags: ["payouts"],
        summary: "Answer for a destination whose holder the bank calls by another name",
        params: DestinationPath,
        body: Ending,
        response: { 200: Destination, ...PROBLEMS },
      },
      config: { permission: "destinations.confirm" },
    },
    async (request, reply) => {
      const id = await destinationInScope(request);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: WORDS,
        work: async (tx) => {
          const by = { id, actor: actorOf(callerOf(request)), reason: request.body.reason, nowMs: nowMs() };
          return {
            status: 200,
            body: toDestination(unlessRefused(await confirmDestination(tx, by)).destination),
          };
        },
      });
    },
  );

  app.post(
    "/v1/members/:id/destinations/:destination/retire",
    {
      schema: {
        tags: ["payouts"],
        summary: "Take a destination out of use",
        params: DestinationPath,
        response: { 200: Destination, ...PROBLEMS },
      },
      config: { permission: "destinations.write" },
    },
    async (request, reply) => {
      const id = await destinationInScope(request);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: WORDS,
        work: async (tx) => {
          const by = { id, actor: actorOf(callerOf(request)), nowMs: nowMs() };
          return {
            status: 200,
            body: toDestination(unlessRefused(await retireDestination(tx, by)).destination),
          };
        },
      });
    },
  );

  async function destinationInScope(
    request: FastifyRequest<{ Params: { id: string; destination: string } }>,
  ): Promise<string> {
    const { id, destination } = request.params;
    const member = memberInScope(callerOf(request), await findMember(store.db, id));
    const found = await findDestination(store.db, destination);
    if (found === null || found.member !== member.id)
      throw new ProblemError("not_found", "the member has no such destination");
    return found.id;
  }
};

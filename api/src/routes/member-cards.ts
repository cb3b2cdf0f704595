/**
 * Cards of members: RFID cards that are at hand, or a QR code whose token is drawn here. Who holds the code of a card passes for
 * the member at the counter, so it is answered once, to whoever gives the card.
 */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { CardChange, MemberWithCard } from "@jumpa-madu/contracts/http/members";
import { newCardToken, replaceCard } from "@jumpa-madu/store/member-cards";
import { findMember } from "@jumpa-madu/store/members";
import type { FastifyReply, FastifyRequest } from "fastify";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { memberInScope } from "../auth/scope.ts";
import { callerOf } from "../permissions.ts";
import { actorOf, cardShown, done, named, nameless, shownOne } from "./member-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const memberCardRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, rooms) => {
  app.put(
    "/v1/members/:id/card",
    {
      schema: {
        tags: ["people"],
        summary: "Give a member a card, or take it away; the terminals fetch it with their catalogue",
        description:
          "The code is answered this once; afterwards members show `has_card` and `card_hint` alone.",
        params: EventPath,
        body: CardChange,
        response: { 200: MemberWithCard, ...PROBLEMS },
      },
      config: { permission: "members.write" },
    },
    async (request, reply) => {
      const { card } = request.body;
      await giveCard(rooms, { request, reply }, { id: request.params.id, cardOf: () => card });
    },
  );

  app.post(
    "/v1/members/:id/card-token",
    {
      schema: {
        tags: ["people"],
        summary: "Draw a token for a member's QR card; the card before it finds nobody any more",
        description:
          "The token is answered this once, to be printed; a repeat with the same Idempotency-Key has null in its place.",
        params: EventPath,
        response: { 200: MemberWithCard, ...PROBLEMS },
      },
      config: { permission: "members.write" },
    },
    async (request, reply) => {
      await giveCard(rooms, { request, reply }, { id: request.params.id, cardOf: newCardToken });
    },
  );
};

async function giveCard(
  rooms: Rooms,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { id, cardOf }: { id: string; cardOf: () => string | null },
): Promise<void> {
  const { store, vault, nowMs } = rooms;
  const caller = callerOf(request);
  const member = await shownOne(rooms, memberInScope(caller, await findMember(store.db, id)));
  await answerOnce(request, reply, {
    store,
    nowMs: nowMs(),
    // Codes of cards are short, so a plain fingerprint of one would tell it to whoever tries them all.
    fingerprint: vault.blindIndex("request", JSON.stringify(request.body ?? null)),
    words: {
      exists: "this card belongs to another member; take it away there first",
      unknown: `there is no member ${id}`,
    },
    work: async (tx) => {
      const card = cardOf();
      done(await replaceCard(tx, { member: member.id, card, actor: actorOf(caller), nowMs: nowMs() }));
      const given = { ...member, ...cardShown(card) };
      return { status: 200, body: { ...given, card }, kept: { ...nameless(given), card: null } };
    },
    revive: (kept) => named(rooms, kept),
  });
}

/** Members: found, registered, changed. Names and phone numbers are opened by the vault for whoever may see them. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  Member,
  MemberChange,
  MemberListQuery,
  MemberPage,
  MemberPersonalData,
  NewMember,
} from "@jumpa-madu/contracts/http/members";
import { recordDeed } from "@jumpa-madu/store/audit";
import { listMembers } from "@jumpa-madu/store/member-list";
import { numberPrefixOf, wasteBankOfNumber } from "@jumpa-madu/store/member-number";
import { changeMember, registerMember } from "@jumpa-madu/store/member-registration";
import { findMember } from "@jumpa-madu/store/members";
import { personalDataOf } from "@jumpa-madu/store/personal-data";
import type { Tx } from "@jumpa-madu/store/relational-store";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { memberInScope, wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { actorOf, done, named, nameless, phoneOf, shown, shownOne, toMember } from "./member-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const memberRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, rooms) => {
  const { store, vault, nowMs } = rooms;

  app.get(
    "/v1/members",
    {
      schema: {
        tags: ["people"],
        summary: "Members by number, or those who are found by number, name, phone or card",
        description: "An operator finds those who registered at the own waste bank or have a book there.",
        querystring: MemberListQuery,
        response: { 200: MemberPage, ...PROBLEMS },
      },
      config: { permission: "members.list" },
    },
    async (request, reply) => {
      const { waste_bank = null, q: text = null, card = null, phone = null, consent } = request.query;
      const wasteBank = wasteBankInScope(callerOf(request), waste_bank);
      const filter = { wasteBank, text, card, phone, hasWithdrawn: consent === "withdrawn" };
      await sendList(request, reply, {
        item: Member,
        read: async (page) => {
          const { items, next } = await listMembers({ db: store.db, vault }, filter, page);
          return { items: await shown(rooms, items), next };
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
      await shownOne(rooms, memberInScope(callerOf(request), await findMember(store.db, request.params.id))),
  );

  app.get(
    "/v1/members/:id/personal-data",
    {
      schema: {
        tags: ["people"],
        summary: "All that is known of a member as a person; the reading is written into the audit log",
        params: EventPath,
        response: { 200: MemberPersonalData, ...PROBLEMS },
      },
      config: { permission: "members.read" },
    },
    async (request) => {
      const caller = callerOf(request);
      const { id } = memberInScope(caller, await findMember(store.db, request.params.id));
      await store.transaction((tx) =>
        recordDeed(tx, {
          actor: actorOf(caller),
          action: "member.read",
          subject: `member:${id}`,
          atMs: nowMs(),
        }),
      );
      const data = (await personalDataOf(vault, store.db, [id])).get(id);
      const { name = null, phone = null, address = null, contact = null, nikLast4 = null } = data ?? {};
      return { member: id, name, phone, address, contact, nik_last4: nikLast4 };
    },
  );

  app.post(
    "/v1/members",
    {
      schema: {
        tags: ["people"],
        summary: "Register a member",
        description:
          "Name, phone, address, contact and NIK are sealed under a key of the member's own. A NIK needs `consent`; one that another member has is refused with that member's number. So are name and phone together (409), until `confirm_duplicate` says that it is another person.",
        body: NewMember,
        response: { 201: Member, ...PROBLEMS },
      },
      config: { permission: "members.write" },
    },
    async (request, reply) => {
      const { name, waste_bank: wasteBank, kind = "individual", number = null, card = null } = request.body;
      const { address = null, contact = null, nik = null, consent } = request.body;
      const phone = phoneOf(request.body.phone ?? null);
      const caller = callerOf(request);
      wasteBankInScope(caller, wasteBank);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        // The plain fingerprint of a body with a phone number would tell it to whoever tries all numbers.
        fingerprint: vault.blindIndex("request", JSON.stringify(request.body)),
        words: {
          exists: `there is a member ${number ?? "of this number"} already, or one with this card`,
          unknown: `there is no waste bank ${wasteBank}`,
        },
        work: async (tx) => {
          await refuseForeignNumber(tx, { number, wasteBank });
          const row = done(
            await registerMember(vault, tx, {
              member: { number, kind, card, wasteBank },
              data: { name, phone, address, contact },
              nik,
              consent: consent?.version ?? null,
              confirmsDuplicate: request.body.confirm_duplicate ?? false,
              actor: actorOf(caller),
              nowMs: nowMs(),
            }),
          );
          const given =
            consent &&
            ({ act: "given", version: consent.version, takenBy: "", atMs: row.createdMs } as const);
          const member = toMember(row, { name, phone }, given);
          return { status: 201, body: member, kept: nameless(member) };
        },
        revive: (kept) => named(rooms, kept),
      });
    },
  );

  app.put(
    "/v1/members/:id",
    {
      schema: {
        tags: ["people"],
        summary: "Change what is known of a member",
        description:
          "Every field but `nik` is replaced. `nik` null takes it away, absent leaves it as it is.",
        params: EventPath,
        body: MemberChange,
        response: { 200: Member, ...PROBLEMS },
      },
      config: { permission: "members.write" },
    },
    async (request) => {
      const caller = callerOf(request);
      const { id } = memberInScope(caller, await findMember(store.db, request.params.id));
      const { kind, nik, ...given } = request.body;
      const data = { ...given, phone: phoneOf(given.phone) };
      const change = { member: id, kind, data, nik, actor: actorOf(caller), nowMs: nowMs() };
      const changed = await store.transaction(async (tx) => done(await changeMember(vault, tx, change)));
      return await shownOne(rooms, changed);
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

/** Users: people who sign in. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { CreatedUser, MemberOfUser, NewUser, User, UserPage } from "@jumpa-madu/contracts/http/people";
import { NameListQuery } from "@jumpa-madu/contracts/http/text";
import { insertMemberUser, listUsers, nameMemberOf, type User as UserRow } from "@jumpa-madu/store/users";
import { answerOnce, shownOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { drawPassword, PasswordHasher } from "../auth/password.ts";
import { faultOfUser } from "../auth/user-rules.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { actorOf } from "./member-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const userRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  const hasher = new PasswordHasher();

  app.get(
    "/v1/users",
    {
      schema: {
        tags: ["people"],
        summary: "Users by name",
        querystring: NameListQuery,
        response: { 200: UserPage, ...PROBLEMS },
      },
      config: { permission: "users.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: User,
        read: async (page) => {
          const { items, next } = await listUsers(store.db, page);
          return { items: items.map(toUser), next };
        },
      }),
  );

  app.post(
    "/v1/users",
    {
      schema: {
        tags: ["people"],
        summary: "Make a user",
        body: NewUser,
        response: { 201: CreatedUser, ...PROBLEMS },
      },
      config: { permission: "users.write" },
    },
    async (request, reply) => {
      const { password: given, waste_bank: wasteBank = null, member = null, ...rest } = request.body;
      const fault = faultOfUser({ ...rest, wasteBank, member });
      if (fault !== null) throw new ProblemError("refused", fault);
      const password = given ?? drawPassword();
      const passwordHash = await hasher.hash(password);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        // A fast hash of a password that a person chose could be searched, so it is not part of the fingerprint.
        fingerprint: { ...request.body, password: null },
        words: {
          exists: `there is a user ${rest.username} already`,
          unknown: "the waste bank or member does not exist",
        },
        work: async (tx) => {
          const kept = await insertMemberUser(tx, { ...rest, passwordHash, wasteBank, member }, nowMs());
          if (kept.kind === "refused") throw new ProblemError("refused", kept.reason);
          const user = toUser(kept.user);
          const drawn = given === undefined ? password : null;
          return shownOnce(user, { password: drawn });
        },
      });
    },
  );

  app.put(
    "/v1/users/:id/member",
    {
      schema: {
        tags: ["people"],
        summary: "Name the member that an office user is",
        description:
          "Such a user decides about no payout to that member, nor about what is owed to that member. Nobody names it of oneself: another admin does.",
        params: EventPath,
        body: MemberOfUser,
        response: { 200: User, ...PROBLEMS },
      },
      config: { permission: "users.write" },
    },
    async (request, reply) => {
      const { id } = request.params;
      const caller = callerOf(request);
      if (id === caller.id)
        throw new ProblemError("refused", "nobody says of oneself which member one is; another admin does");
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: { exists: "there is such a user already", unknown: "there is no such member" },
        work: async (tx) => {
          const naming = { id, member: request.body.member, actor: actorOf(caller) };
          const outcome = await nameMemberOf(tx, naming, nowMs());
          switch (outcome.kind) {
            case "unknown":
              throw new ProblemError("not_found", "there is no such user");
            case "own_role":
              throw new ProblemError(
                "refused",
                "a user of the role member stays that member's: make another user",
              );
            case "refused":
              throw new ProblemError("refused", outcome.reason);
            case "named":
              return { status: 200, body: toUser(outcome.user) };
          }
        },
      });
    },
  );
};

/** A user as it is answered: without the hash of the password. */
export function toUser(user: UserRow): User {
  const { id, username, role, wasteBank, member, disabledMs, hasPin, createdMs } = user;
  return {
    id,
    username,
    role,
    waste_bank: wasteBank,
    member,
    disabled: disabledMs !== null,
    has_pin: hasPin,
    created_at: toIso(createdMs),
  };
}

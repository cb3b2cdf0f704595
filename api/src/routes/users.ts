/** Users: people who sign in. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { CreatedUser, NewUser, User, UserPage } from "@jumpa-madu/contracts/http/people";
import { NameListQuery } from "@jumpa-madu/contracts/http/text";
import { insertUser, listUsers, type User as UserRow } from "@jumpa-madu/store/users";
import { answerOnce, shownOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { drawPassword, PasswordHasher } from "../auth/password.ts";
import { faultOfUser } from "../auth/user-rules.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";

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
          const user = toUser(await insertUser(tx, { ...rest, passwordHash, wasteBank, member }, nowMs()));
          const drawn = given === undefined ? password : null;
          return shownOnce(user, { password: drawn });
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

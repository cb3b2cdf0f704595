/** A user's access: shut out, let back in, a new password. Each ends the sessions that began before. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { CreatedUser, PasswordChange, PasswordReset, User } from "@jumpa-madu/contracts/http/people";
import type { Tx } from "@jumpa-madu/store/relational-store";
import { endSessionsOf } from "@jumpa-madu/store/sessions";
import {
  disableUser,
  findCredentials,
  holdPassword,
  replacePassword,
  type User as UserRow,
} from "@jumpa-madu/store/users";
import Type from "typebox";
import { answerOnce, shownOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { bearerOf } from "../auth/identify.ts";
import { drawPassword, PasswordHasher } from "../auth/password.ts";
import { SignInThrottle } from "../auth/sign-in-throttle.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";
import { toUser } from "./users.ts";

const words = { exists: "there is such a user already", unknown: "there is no such user" };

export const userAccessRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  const hasher = new PasswordHasher();
  const throttle = new SignInThrottle();

  app.post(
    "/v1/users/:id/disablement",
    {
      schema: {
        tags: ["people"],
        summary: "Shut a user out; the user's sessions end at once",
        params: EventPath,
        response: { 201: User, ...PROBLEMS },
      },
      config: { permission: "users.write" },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (id === callerOf(request).id)
        throw new ProblemError("refused", "nobody shuts oneself out; another admin can");
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words,
        work: async (tx) => ({
          status: 201,
          body: await withoutSessions(tx, await disableUser(tx, id, nowMs())),
        }),
      });
    },
  );

  app.post(
    "/v1/users/:id/enablement",
    {
      schema: {
        tags: ["people"],
        summary: "Let a user back in",
        params: EventPath,
        response: { 201: User, ...PROBLEMS },
      },
      config: { permission: "users.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words,
        work: async (tx) => ({
          status: 201,
          body: toUser(found(await disableUser(tx, request.params.id, null))),
        }),
      }),
  );

  app.post(
    "/v1/users/:id/password",
    {
      schema: {
        tags: ["people"],
        summary: "Give a user a new password, drawn unless it is named; the user's sessions end at once",
        params: EventPath,
        body: PasswordReset,
        response: { 201: CreatedUser, ...PROBLEMS },
      },
      config: { permission: "users.write" },
    },
    async (request, reply) => {
      const { id } = request.params;
      // Else a stolen session of an admin would be enough to take the user over.
      if (id === callerOf(request).id)
        throw new ProblemError("refused", "change your own password with PUT /v1/users/me/password");
      const { password: given } = request.body;
      const password = given ?? drawPassword();
      const passwordHash = await hasher.hash(password);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        // A fast hash of a password that a person chose could be searched, so it is not part of the fingerprint.
        fingerprint: { password: null },
        words,
        work: async (tx) => {
          const user = await withoutSessions(tx, await replacePassword(tx, id, passwordHash));
          const drawn = given === undefined ? password : null;
          return shownOnce(user, { password: drawn });
        },
      });
    },
  );

  app.put(
    "/v1/users/me/password",
    {
      schema: {
        tags: ["people"],
        summary: "Change the own password; all other sessions end at once",
        body: PasswordChange,
        response: { 204: Type.Null(), ...PROBLEMS },
      },
      config: { permission: "passwords.change" },
    },
    async (request, reply) => {
      const { id, username } = callerOf(request);
      const { current, new: wanted } = request.body;
      throttle.enter(username, request.ip, nowMs());
      const known = await findCredentials(store.db, username);
      const isRight = await hasher.verify(current, known?.passwordHash ?? null);
      if (known === null || !isRight) throw new ProblemError("refused", "the current password is wrong");
      throttle.succeeded(username, request.ip);
      const { passwordHash } = known;
      const newHash = await hasher.hash(wanted);
      await store.transaction(async (tx) => {
        if (!(await holdPassword(store.engine, tx, { id, passwordHash })))
          throw new ProblemError("conflict", "the password was changed meanwhile; sign in again");
        await replacePassword(tx, id, newHash);
        await endSessionsOf(tx, id, bearerOf(request.headers.authorization));
      });
      return reply.code(204).send(null);
    },
  );
};

async function withoutSessions(tx: Tx, user: UserRow | null): Promise<User> {
  const changed = found(user);
  await endSessionsOf(tx, changed.id, null);
  return toUser(changed);
}

function found(user: UserRow | null): UserRow {
  if (user === null) throw new ProblemError("not_found", "there is no such user");
  return user;
}

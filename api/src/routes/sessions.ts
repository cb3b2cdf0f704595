/** Sessions: signing in and out. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Session, SignIn } from "@jumpa-madu/contracts/http/people";
import { beginSession, endSession } from "@jumpa-madu/store/sessions";
import { findCredentials, holdPassword, type User } from "@jumpa-madu/store/users";
import Type from "typebox";
import type { Rooms } from "../app.ts";
import { bearerOf } from "../auth/identify.ts";
import { PasswordHasher } from "../auth/password.ts";
import { SignInThrottle } from "../auth/sign-in-throttle.ts";
import { toIso } from "../moments.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";

export const sessionRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  const hasher = new PasswordHasher();
  const throttle = new SignInThrottle();

  app.post(
    "/v1/sessions",
    {
      schema: { tags: ["people"], summary: "Sign in", body: SignIn, response: { 201: Session, ...PROBLEMS } },
      config: { permission: "public" },
    },
    async (request, reply) => {
      const { username, password } = request.body;
      throttle.enter(username, request.ip, nowMs());
      const { user, token, expiresMs } = await signIn(username, password);
      throttle.succeeded(username, request.ip);
      const { id, role, wasteBank, member } = user;
      reply.code(201).header("cache-control", "no-store");
      return {
        token,
        expires_at: toIso(expiresMs),
        user: { id, username, role, waste_bank: wasteBank, member },
      };
    },
  );

  app.delete(
    "/v1/sessions/current",
    {
      schema: { tags: ["people"], summary: "Sign out", response: { 204: Type.Null(), ...PROBLEMS } },
      config: { permission: "sessions.end" },
    },
    async (request, reply) => {
      await endSession(store.db, bearerOf(request.headers.authorization) ?? "");
      return reply.code(204).send(null);
    },
  );

  async function signIn(
    username: string,
    password: string,
  ): Promise<{ user: User; token: string; expiresMs: number }> {
    const found = await findCredentials(store.db, username);
    const isRight = await hasher.verify(password, found?.passwordHash ?? null);
    if (found !== null && isRight) {
      const { user, passwordHash } = found;
      const session = await store.transaction(async (tx) => {
        const isStill = await holdPassword(store.engine, tx, { id: user.id, passwordHash });
        return isStill ? await beginSession(tx, user.id, nowMs()) : null;
      });
      if (session !== null) return { user, ...session };
    }
    // One answer for every cause: which names exist is nobody's business.
    throw new ProblemError("wrong_credentials", "the name or the password is wrong");
  }
};

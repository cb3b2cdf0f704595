/** PINs with which a user agrees to a typed weight at a terminal of the own waste bank. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { PinChange, User } from "@jumpa-madu/contracts/http/people";
import { hashPin } from "@jumpa-madu/contracts/pin-hash";
import { replacePin } from "@jumpa-madu/store/supervisors";
import type { User as UserRow } from "@jumpa-madu/store/users";
import Type from "typebox";
import type { Rooms } from "../app.ts";
import { faultOfPin } from "../auth/pin-rules.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";
import { toUser } from "./users.ts";

export const userPinRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store }) => {
  app.put(
    "/v1/users/:id/pin",
    {
      schema: {
        tags: ["people"],
        summary:
          "Give a user a PIN to agree to typed weights with; the terminals fetch it with their catalogue",
        params: EventPath,
        body: PinChange,
        response: { 200: User, ...PROBLEMS },
      },
      config: { permission: "users.write" },
    },
    async (request) => {
      const { pin } = request.body;
      const fault = faultOfPin(pin);
      if (fault !== null) throw new ProblemError("refused", fault);
      const pinHash = await hashPin(pin);
      return toUser(found(await store.transaction((tx) => replacePin(tx, request.params.id, pinHash))));
    },
  );

  app.delete(
    "/v1/users/:id/pin",
    {
      schema: {
        tags: ["people"],
        summary: "Take a user's PIN away",
        params: EventPath,
        response: { 204: Type.Null(), ...PROBLEMS },
      },
      config: { permission: "users.write" },
    },
    async (request, reply) => {
      found(await store.transaction((tx) => replacePin(tx, request.params.id, null)));
      return reply.code(204).send(null);
    },
  );
};

function found(outcome: Awaited<ReturnType<typeof replacePin>>): UserRow {
  if (outcome.kind === "replaced") return outcome.user;
  if (outcome.kind === "unknown") throw new ProblemError("not_found", "there is no such user");
  throw new ProblemError(
    "refused",
    "only staff and operators who belong to a waste bank agree to typed weights there",
  );
}

/** PINs with which members agree to withdrawals at the counter. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { PinChange } from "@jumpa-madu/contracts/http/people";
import { hashPin } from "@jumpa-madu/contracts/pin-hash";
import { replaceMemberPin } from "@jumpa-madu/store/member-pins";
import { findMember } from "@jumpa-madu/store/members";
import type { User } from "@jumpa-madu/store/users";
import Type from "typebox";
import type { Rooms } from "../app.ts";
import { faultOfPin } from "../auth/pin-rules.ts";
import { memberInScope } from "../auth/scope.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { actorOf, done } from "./member-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const memberPinRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, rooms) => {
  app.put(
    "/v1/members/:id/pin",
    {
      schema: {
        tags: ["people"],
        summary: "Give a member a PIN in place of the one before; wrong tries are forgotten",
        params: EventPath,
        body: PinChange,
        response: { 204: Type.Null(), ...PROBLEMS },
      },
      config: { permission: "members.write" },
    },
    async (request, reply) => {
      const { pin } = request.body;
      const fault = faultOfPin(pin);
      if (fault !== null) throw new ProblemError("refused", fault);
      await givePin(rooms, { caller: callerOf(request), id: request.params.id, pin });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/v1/members/:id/pin",
    {
      schema: {
        tags: ["people"],
        summary: "Take a member's PIN away",
        params: EventPath,
        response: { 204: Type.Null(), ...PROBLEMS },
      },
      config: { permission: "members.write" },
    },
    async (request, reply) => {
      await givePin(rooms, { caller: callerOf(request), id: request.params.id, pin: null });
      return reply.code(204).send(null);
    },
  );
};

async function givePin(
  { store, nowMs }: Rooms,
  { caller, id, pin }: { caller: User; id: string; pin: string | null },
): Promise<void> {
  const { id: member } = memberInScope(caller, await findMember(store.db, id));
  // Hashed before the transaction: it takes longer than all else in it.
  const pinHash = pin === null ? null : await hashPin(pin);
  const change = { member, pinHash, actor: actorOf(caller), nowMs: nowMs() };
  await store.transaction(async (tx) => done(await replaceMemberPin(tx, change)));
}

/** Builds the HTTP face of both providers and the control calls. Listens to nothing; `provider-sim.ts` does. */
import fastify, { type FastifyInstance } from "fastify";
import { CONTROL_PATH, controlRoutes } from "./control.ts";
import { addFaultHooks, pathOf } from "./faults/fault-hooks.ts";
import { sendFlipError } from "./flip/errors.ts";
import { flipRoutes } from "./flip/routes.ts";
import type { Simulation } from "./simulation.ts";
import { sendXenditError } from "./xendit/errors.ts";
import { xenditRoutes } from "./xendit/routes.ts";

/** Largest body of a request, in bytes; beyond it 413. */
export const BODY_BYTES_MAX = 65_536;

/** Builds the app over a simulation. */
export async function buildApp(simulation: Simulation): Promise<FastifyInstance> {
  const app = fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  takeRawBodies(app);
  addFaultHooks(app, {
    armed: simulation.faults,
    log: simulation.requests,
    isExempt: (path) => path.startsWith(`${CONTROL_PATH}/`),
  });
  app.addHook("preHandler", async () => simulation.settle());
  app.setNotFoundHandler(async (request, reply) =>
    pathOf(request).startsWith("/api/")
      ? sendFlipError(reply, 404, "Not Found")
      : sendXenditError(reply, { code: "DATA_NOT_FOUND", message: "There is no such path" }),
  );
  await app.register((scope) => xenditRoutes(scope, simulation));
  await app.register((scope) => flipRoutes(scope, simulation));
  await app.register((scope) => controlRoutes(scope, simulation), { prefix: CONTROL_PATH });
  await app.ready();
  return app;
}

/** Bodies stay bytes: what two requests with one key are compared by is every byte. */
function takeRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
}

/** Closes the HTTP face in time. */
import type { FastifyInstance } from "fastify";

/** Time that requests under way have to end, in milliseconds; then their connections are cut. */
const DRAIN_MS_MAX = 2_000;

/** Takes no more requests, lets those under way end, and cuts those that do not: such as a list that nobody reads on. */
export async function closeApp(app: FastifyInstance, drainMsMax = DRAIN_MS_MAX): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), drainMsMax);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}

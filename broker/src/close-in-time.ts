/** The end of all connections. */
import type { Socket } from "node:net";
import type { Aedes } from "aedes";
import { CLOSE_MS_MAX } from "./limits.ts";

/** Lets Aedes close its clients in order, and destroys what is left when that takes too long. */
export async function closeInTime(
  aedes: Pick<Aedes, "close">,
  sockets: Iterable<Pick<Socket, "destroy">>,
  closeMsMax = CLOSE_MS_MAX,
): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, closeMsMax);
  await Promise.race([new Promise<void>((resolve) => aedes.close(resolve)), late.promise]);
  clearTimeout(timer);
  for (const socket of sockets) socket.destroy();
}

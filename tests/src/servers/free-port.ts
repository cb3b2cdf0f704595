/** Finds TCP ports for servers of tests. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Lowest port that is handed out. */
const PORT_MIN = 15_000;

/** One above the highest: Linux gives 32768 and up to outgoing connections, which could take the port during a restart. */
const PORT_END = 32_000;

/** Most ports that are tried before giving up. */
const TRIES_MAX = 50;

/** A port of 127.0.0.1 that nobody listens on at this moment; throws when none of 50 drawn at random is free. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const port = randomInt(PORT_MIN, PORT_END);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port among ${TRIES_MAX} tried on 127.0.0.1`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/**
 * Closes connections whose credentials no longer hold.
 *
 * Nodes are asked again when the store says that theirs changed, services each time, since there are few. Asking with
 * the secret of the connection, rather than comparing times, lets a node that has come back with its new secret stay.
 */
import { setTimeout as delay } from "node:timers/promises";
import { nodesChangedSince } from "@jumpa-madu/store/node-registry";
import type { Db } from "@jumpa-madu/store/relational-store";
import type { Logger } from "pino";
import { identify } from "./authentication.ts";
import { AUTHENTICATIONS_MAX, CLOCK_DIFFERENCE_MS_MAX } from "./limits.ts";
import type { NoteRefusal } from "./refusals.ts";
import type { Session, Sessions } from "./sessions.ts";

export interface RevocationParts {
  db: Db;
  sessions: Sessions;
  pollMs: number;
  noteRefusal: NoteRefusal;
  log: Logger;
}

/** Looks again and again until the signal aborts. A look that fails is logged and repeated; connections stay meanwhile. */
export async function watchCredentials(parts: RevocationParts, signal: AbortSignal): Promise<void> {
  let sinceMs = Date.now();
  while (!signal.aborted) {
    try {
      await delay(parts.pollMs, undefined, { signal });
    } catch {
      return;
    }
    const startMs = Date.now();
    try {
      await closeChanged(parts, sinceMs - CLOCK_DIFFERENCE_MS_MAX);
      sinceMs = startMs;
    } catch (err) {
      parts.log.warn({ err }, "credentials could not be looked at again");
    }
  }
}

async function closeChanged({ db, sessions, noteRefusal }: RevocationParts, sinceMs: number): Promise<void> {
  const changed = new Set(await nodesChangedSince(db, sinceMs));
  const suspects = sessions
    .live()
    .filter(([, { identity }]) => identity.kind === "service" || changed.has(identity.id));
  for (let i = 0; i < suspects.length; i += AUTHENTICATIONS_MAX) {
    const some = suspects.slice(i, i + AUTHENTICATIONS_MAX);
    await Promise.all(
      some.map(async ([client, session]) => {
        if (await holds(db, session)) return;
        noteRefusal("credentials_changed", { clientId: client.id });
        client.close();
      }),
    );
  }
}

async function holds(db: Db, { identity, secret }: Session): Promise<boolean> {
  const now = await identify(db, identity.id, secret);
  if (now === null || now.kind !== identity.kind) return false;
  // A node that was moved to another shard must come back to learn where it may publish.
  return now.kind === "node" && identity.kind === "node" ? now.shard === identity.shard : true;
}

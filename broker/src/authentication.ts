/** Checks the credentials of a CONNECT packet against the store. */
import { setTimeout as pause } from "node:timers/promises";
import { authenticateNode, findNode } from "@jumpa-madu/store/node-registry";
import type { Db } from "@jumpa-madu/store/relational-store";
import { authenticateService } from "@jumpa-madu/store/service-accounts";
import type { Identity } from "./authorisation.ts";
import { FailedCredentials } from "./failed-credentials.ts";
import {
  AUTHENTICATION_MS_MAX,
  AUTHENTICATIONS_MAX,
  AUTHENTICATIONS_WAITING_MAX,
  FAILURE_DELAY_MS,
  FAILURE_REMEMBERED_MS,
  FAILURES_PER_ADDRESS_MAX,
  FAILURES_REMEMBERED_MAX,
  FAILURES_WINDOW_MS,
} from "./limits.ts";
import { Turnstile } from "./turnstile.ts";

/** Credentials as a CONNECT packet brings them. The user name must equal the client id. */
export interface Attempt {
  clientId: string;
  username: string | undefined;
  password: Uint8Array | undefined;
  /** Remote address, against which failures count. */
  address: string;
}

type AuthenticationRefusal =
  | "username"
  | "unknown_id"
  | "wrong_secret"
  | "failed_before"
  | "revoked"
  | "authentications_waiting"
  | "store_unavailable";

/** Outcome: who it is and the secret that has shown it, or why not and the code of the CONNACK. */
export type Authentication =
  | { ok: true; identity: Identity; secret: string }
  | { ok: false; reason: AuthenticationRefusal; returnCode: 3 | 4 | 5; cause?: unknown };

export interface AuthenticationOptions {
  db: Db;
  failuresPerAddressMax?: number;
  failureDelayMs?: number;
  now?: () => number;
  runningMax?: number;
  waitingMax?: number;
  timeoutMs?: number;
}

/**
 * Builds the check. The answer always comes, at the latest after `AUTHENTICATION_MS_MAX` and `FAILURE_DELAY_MS`; it
 * never rejects. Right credentials are never refused for wrong ones of the same address, nor answered later.
 */
export function createAuthenticate(
  options: AuthenticationOptions,
): (attempt: Attempt) => Promise<Authentication> {
  const failed = new FailedCredentials(
    {
      rememberedMs: FAILURE_REMEMBERED_MS,
      windowMs: FAILURES_WINDOW_MS,
      perAddressMax: options.failuresPerAddressMax ?? FAILURES_PER_ADDRESS_MAX,
      entriesMax: FAILURES_REMEMBERED_MAX,
    },
    options.now ?? Date.now,
  );
  const turnstile = new Turnstile({
    runningMax: options.runningMax ?? AUTHENTICATIONS_MAX,
    waitingMax: options.waitingMax ?? AUTHENTICATIONS_WAITING_MAX,
  });
  const timeoutMs = options.timeoutMs ?? AUTHENTICATION_MS_MAX;
  const failureDelayMs = options.failureDelayMs ?? FAILURE_DELAY_MS;

  return async ({ clientId, username, password, address }) => {
    if (username !== clientId || password === undefined) return refused("username", 4);
    const secret = new TextDecoder().decode(password);
    /** Refuses wrong credentials. The pause holds no place in the turnstile; open connections bound how many pause. */
    const refuseInTime = async (answer: Authentication): Promise<Authentication> => {
      if (failed.isOverBudget(address)) await pause(failureDelayMs, undefined, { ref: false });
      return answer;
    };
    if (failed.hasFailed(clientId, secret)) return refuseInTime(refused("failed_before", 4));
    const looked = turnstile.tryRun(() => lookUp(options.db, clientId, secret));
    if (looked === null) return refused("authentications_waiting", 3);
    try {
      const answer = await within(looked, timeoutMs);
      if (answer.ok) return answer;
      const late = refuseInTime(answer);
      failed.note(address, clientId, secret);
      return await late;
    } catch (cause) {
      return { ...refused("store_unavailable", 3), cause };
    }
  };
}

async function lookUp(db: Db, id: string, secret: string): Promise<Authentication> {
  const identity = await identify(db, id, secret);
  if (identity !== null) return { ok: true, identity, secret };
  const known = await findNode(db, id);
  if (known === null) return refused("unknown_id", 4);
  return known.revokedMs === null ? refused("wrong_secret", 4) : refused("revoked", 5);
}

/** Whom these credentials belong to, node or service; null when to nobody. Rejects when the store does not answer. */
export async function identify(db: Db, id: string, secret: string): Promise<Identity | null> {
  const node = await authenticateNode(db, id, secret);
  if (node !== null) return { kind: "node", id: node.id, shard: node.shard };
  const role = await authenticateService(db, id, secret);
  return role === null ? null : { kind: "service", id, role };
}

function refused(reason: AuthenticationRefusal, returnCode: 3 | 4 | 5) {
  return { ok: false, reason, returnCode } as const;
}

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("the store did not answer in time")), timeoutMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Answers a write once: sent again with the same Idempotency-Key, it is not done again and gets its first answer
 * (draft-ietf-httpapi-idempotency-key-header).
 */
import { constraintFault } from "@jumpa-madu/store/constraint-fault";
import {
  type AnswerKey,
  claimAnswer,
  type KeptAnswer,
  keepAnswer,
} from "@jumpa-madu/store/idempotent-answers";
import type { RelationalStore, Tx } from "@jumpa-madu/store/relational-store";
import { requestHash } from "@jumpa-madu/store/request-hash";
import type { FastifyReply, FastifyRequest } from "fastify";
import { callerOf } from "./permissions.ts";
import { ProblemError } from "./problem-error.ts";

/** Characters of a key: printable ASCII. */
const KEY_PATTERN = /^[\x21-\x7e]{1,100}$/;

/** What a write answers. `kept`: what a repeat is answered with, where that differs because the body has a secret. */
interface WriteAnswer {
  status: 200 | 201;
  body: unknown;
  kept?: unknown;
}

/** A write. */
export interface Write {
  store: RelationalStore;
  nowMs: number;
  /** Body as it counts for "the same request", where that is not the body as it came because that has a secret. */
  fingerprint?: unknown;
  /** What to say when a row exists already, or when one that is named does not exist. */
  words: { exists: string; unknown: string };
  work: (tx: Tx) => Promise<WriteAnswer>;
  /** Puts back into a kept answer what is not kept with it, such as a name. */
  revive?: (kept: unknown) => Promise<unknown>;
  /** What follows when the work is committed, before the answer. Must not fail. */
  after?(): Promise<void>;
}

/** Answer of a write that makes `thing` with secrets: they are shown once, a repeat has null in their place. */
export function shownOnce(thing: object, secrets: Record<string, string | null>): WriteAnswer {
  const hidden = Object.fromEntries(Object.keys(secrets).map((name) => [name, null]));
  return { status: 201, body: { ...thing, ...secrets }, kept: { ...thing, ...hidden } };
}

/** Does the work in one transaction and answers; a repeat gets the first answer. Throws ProblemError. */
export async function answerOnce(request: FastifyRequest, reply: FastifyReply, write: Write): Promise<void> {
  const key = keyOf(request, write.fingerprint ?? request.body ?? null);
  const outcome = await attempt(write, key);
  if ("requestHash" in outcome) {
    const { revive } = write;
    await sendKept(reply, outcome, { key, revive });
    return;
  }
  await write.after?.();
  // Awaited until it is sent: a handler that ends before makes Fastify send a second, empty answer.
  await reply.code(outcome.status).send(outcome.body);
}

async function attempt(
  { store, nowMs, words, work }: Write,
  key: AnswerKey | null,
): Promise<WriteAnswer | KeptAnswer> {
  try {
    return await store.transaction(async (tx) => {
      const before = key === null ? null : await claimAnswer(tx, key, nowMs);
      if (before !== null) return before;
      const answer = await work(tx);
      if (key !== null) {
        await keepAnswer(tx, key, {
          status: answer.status,
          body: JSON.stringify(answer.kept ?? answer.body),
        });
      }
      return answer;
    });
  } catch (cause) {
    switch (constraintFault(cause)) {
      case "exists":
        throw new ProblemError("exists", words.exists, { cause });
      case "unknown_reference":
        throw new ProblemError("unknown_reference", words.unknown, { cause });
      case "out_of_range":
        throw new ProblemError("refused", "a value is out of the range that the books allow", { cause });
      default:
        throw cause;
    }
  }
}

async function sendKept(
  reply: FastifyReply,
  kept: KeptAnswer,
  { key, revive }: { key: AnswerKey | null; revive: Write["revive"] },
): Promise<void> {
  if (kept.requestHash !== key?.requestHash) {
    throw new ProblemError("key_reused", "this Idempotency-Key was used for another request; draw a new one");
  }
  await reply
    .code(kept.status)
    .header("idempotency-replayed", "true")
    .type("application/json; charset=utf-8")
    .send(revive === undefined ? kept.body : JSON.stringify(await revive(JSON.parse(kept.body))));
}

function keyOf(request: FastifyRequest, fingerprint: unknown): AnswerKey | null {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return null;
  if (typeof key !== "string" || !KEY_PATTERN.test(key)) {
    throw new ProblemError("invalid", "the Idempotency-Key must be 1 to 100 printable ASCII characters", {
      faults: [{ path: "/headers/idempotency-key", message: "must be 1 to 100 printable ASCII characters" }],
    });
  }
  const hash = requestHash({ method: request.method, url: request.url, body: fingerprint });
  return { user: callerOf(request).id, key, requestHash: hash };
}

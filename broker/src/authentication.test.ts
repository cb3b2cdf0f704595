import { revokeNode, rotateNodeSecret } from "@jumpa-madu/store/node-registry";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Authentication, createAuthenticate, identify } from "./authentication.ts";
import { openTestStore, type TestStore } from "./broker-fixture.ts";
import { FAILURES_PER_ADDRESS_MAX } from "./limits.ts";

let kept: TestStore;
let secret: string;

beforeAll(async () => {
  kept = await openTestStore();
  secret = await kept.node("bin-1");
});
afterAll(() => kept.close());

const attempt = (id: string, password: string) => ({
  clientId: id,
  username: id,
  password: Buffer.from(password),
  address: "1.1.1.1",
});
const reasonOf = (answer: Authentication) => (answer.ok ? null : answer.reason);

describe("authentication", () => {
  test("names node and service by what the store knows of them", async () => {
    const serviceSecret = await kept.service("api-9", "api");
    expect(await identify(kept.store.db, "bin-1", secret)).toEqual({ kind: "node", id: "bin-1", shard: "a" });
    expect(await identify(kept.store.db, "api-9", serviceSecret)).toEqual({
      kind: "service",
      id: "api-9",
      role: "api",
    });
    expect(await identify(kept.store.db, "api-9", secret)).toBeNull();
  });

  test("tells a revoked node so, and lets it in again with a new secret", async () => {
    const authenticate = createAuthenticate({ db: kept.store.db });
    const old = await kept.node("bin-gone");
    await revokeNode(kept.store.db, "bin-gone", Date.now());
    expect(await authenticate(attempt("bin-gone", old))).toMatchObject({ reason: "revoked", returnCode: 5 });
    const fresh = (await rotateNodeSecret(kept.store.db, "bin-gone", Date.now())) ?? "";
    expect(await authenticate(attempt("bin-gone", fresh))).toMatchObject({ ok: true });
  });

  test("lets in everyone whose secret is right, however many wrong ones come from the same address", async () => {
    const serviceSecret = await kept.service("ingest-a-7", "ingest");
    const authenticate = createAuthenticate({ db: kept.store.db, failureDelayMs: 1 });
    const guesses = Array.from({ length: 2 * FAILURES_PER_ADDRESS_MAX }, (_, i) => `guess-${i}`);
    for (const guess of guesses)
      expect(reasonOf(await authenticate(attempt("bin-1", guess)))).toBe("wrong_secret");
    expect(await authenticate(attempt("bin-1", secret))).toMatchObject({ ok: true });
    expect(await authenticate(attempt("ingest-a-7", serviceSecret))).toMatchObject({ ok: true });
  });

  test("answers wrong credentials late once an address has sent many, and right ones at once", async () => {
    const failureDelayMs = 200;
    const authenticate = createAuthenticate({
      db: kept.store.db,
      failuresPerAddressMax: 2,
      failureDelayMs,
      runningMax: 1,
    });
    const answered: string[] = [];
    const startMs = performance.now();
    const ask = async (name: string, asked: ReturnType<typeof attempt>) => {
      await authenticate(asked);
      answered.push(name);
      return performance.now() - startMs;
    };
    await ask("first", attempt("bin-1", "a"));
    await ask("second", attempt("bin-1", "b"));
    const third = ask("third", attempt("bin-1", "c"));
    const again = ask("again", attempt("bin-1", "a"));
    await ask("elsewhere", { ...attempt("bin-1", "d"), address: "2.2.2.2" });
    await ask("right", attempt("bin-1", secret));
    expect(answered).toEqual(["first", "second", "elsewhere", "right"]);
    // A timer may fire a millisecond early.
    for (const lateMs of await Promise.all([third, again]))
      expect(lateMs).toBeGreaterThanOrEqual(failureDelayMs - 2);
  });

  test("does not slow an address down for one node that comes back with the same old secret", async () => {
    const authenticate = createAuthenticate({
      db: kept.store.db,
      failuresPerAddressMax: 3,
      failureDelayMs: 600_000,
    });
    for (let i = 0; i < 10; i++) await authenticate(attempt("bin-old", "old secret"));
    expect(reasonOf(await authenticate(attempt("bin-1", "wrong")))).toBe("wrong_secret");
  });

  test("answers 3 to whoever would wait behind too many", async () => {
    const authenticate = createAuthenticate({
      db: kept.store.db,
      runningMax: 1,
      waitingMax: 1,
    });
    const answers = await Promise.all([1, 2, 3].map(() => authenticate(attempt("bin-1", secret))));
    expect(answers.map(reasonOf)).toEqual([null, null, "authentications_waiting"]);
    expect(answers[2]).toMatchObject({ returnCode: 3 });
  });

  test("answers 3 when the store does not answer in time", async () => {
    const busy = Promise.withResolvers<void>();
    const transaction = kept.store.transaction(() => busy.promise);
    const authenticate = createAuthenticate({ db: kept.store.db, timeoutMs: 20 });
    expect(await authenticate(attempt("bin-1", secret))).toMatchObject({
      reason: "store_unavailable",
      returnCode: 3,
    });
    busy.resolve();
    await transaction;
  });

  test("answers 3 when the store is gone, and does not hold it against the node", async () => {
    const other = await openTestStore();
    const otherSecret = await other.node("bin-1");
    const authenticate = createAuthenticate({ db: other.store.db, failuresPerAddressMax: 1 });
    await other.close();
    for (let i = 0; i < 3; i++) {
      expect(reasonOf(await authenticate(attempt("bin-1", otherSecret)))).toBe("store_unavailable");
    }
  });
});

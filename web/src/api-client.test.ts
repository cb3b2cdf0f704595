import { afterEach, expect, test, vi } from "vitest";
import { ANSWER_MS_MAX, read, signIn } from "./api-client.ts";

afterEach(() => void vi.restoreAllMocks());

test("an answer that does not come in time is no answer", async () => {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const limits: number[] = [];
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    limits.push(ms);
    return timeout(5);
  });
  vi.spyOn(globalThis, "fetch").mockImplementation(
    (_path, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      }),
  );
  const never = new AbortController();
  await expect(read("token", "/v1/bins", never.signal)).rejects.toMatchObject({ code: "no_answer" });
  await expect(signIn("a", "b")).rejects.toMatchObject({ code: "no_answer" });
  expect(limits).toEqual([ANSWER_MS_MAX, ANSWER_MS_MAX]);
});

test("a server that asks for patience says for how long", async () => {
  const answer = new Response("{}", { status: 429, headers: { "retry-after": "7" } });
  vi.spyOn(globalThis, "fetch").mockResolvedValue(answer);
  await expect(signIn("a", "b")).rejects.toMatchObject({ code: "too_many_requests", retryAfterS: 7 });
});

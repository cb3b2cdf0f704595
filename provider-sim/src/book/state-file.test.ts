import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startProviderSim } from "../provider-sim.ts";
import { disburse, pay, payoutBody, START_MS, startSim } from "../sim-fixture.ts";

function statePath(): string {
  const folder = mkdtempSync(join(tmpdir(), "provider-sim-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "book.jsonl");
}

test("the books are the same after a restart, keys still stand for their payouts, and time goes on", async () => {
  const path = statePath();
  const first = await startSim({ statePath: path, floatIdr: 500_000 });
  const { json } = await pay(first, "key-1");
  await pay(first, "key-2", payoutBody({}, "121212"));
  await disburse(first, "key-3", { recipient_city: "391" });
  first.topUp("flip", 7);
  await first.advance(20_000);
  const books = first.book();
  await first.stop();

  const again = await startSim({ statePath: path, floatIdr: 1, nowMs: () => START_MS + 20_000 });
  expect(again.book()).toEqual(books);
  expect((await pay(again, "key-1")).json).toMatchObject({ id: json.id, status: "REQUESTED" });
  const next = await pay(again, "key-4");
  expect(books.xendit.payouts.map(({ id }) => id)).not.toContain(next.json.id);
  await again.advance(60_000);
  expect(again.book().xendit).toMatchObject({ moneyLeftIdr: 50_000 });
  expect(again.secrets).toEqual(first.secrets);
});

test("a last line that was cut off is forgotten, and what follows it is kept", async () => {
  const path = statePath();
  const first = await startSim({ statePath: path });
  await pay(first, "key-1");
  await first.stop();
  appendFileSync(path, '{"kind":"created","provi');
  const again = await startSim({ statePath: path });
  expect(again.book().xendit.payouts).toHaveLength(1);
  await pay(again, "key-2");
  await again.stop();
  const third = await startSim({ statePath: path });
  expect(third.book().xendit.payouts.map(({ key }) => key)).toEqual(["key-1", "key-2"]);
  expect(readFileSync(path, "utf8")).not.toContain('"provi{');
});

test.for([
  ["nonsense\n", "STATE_UNREADABLE", /line 1 is not JSON/],
  ['{"kind":"opened","version":2,"seed":1}\n', "STATE_UNREADABLE", /line 1: \/version/],
  ['{"kind":"opened","version":1,"seed":2}\n', "STATE_OF_ANOTHER_SEED", /seed 2/],
  ['{"kind":"opened","version":1,"seed":1}\n{"kind":"x"}\n', "STATE_UNREADABLE", /line 2/],
  [
    '{"kind":"opened","version":1,"seed":1}\n{"kind":"moved","provider":"xendit","id":"a","status":"SUCCEEDED","failureCode":null,"atMs":1}\n',
    "STATE_UNREADABLE",
    /cannot have become/,
  ],
] as const)("a file that is %j is refused as %s", async ([text, code, message]) => {
  const path = statePath();
  writeFileSync(path, text);
  await expect(startProviderSim({ seed: 1, statePath: path })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect(readFileSync(path, "utf8")).toBe(text);
});

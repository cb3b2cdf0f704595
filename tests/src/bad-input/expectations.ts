/** What every refusal must be like, and what must be there beside it. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Answer } from "../system/http-client.ts";
import type { System } from "../system/system.ts";
import { until } from "../system/until.ts";

/** A reason tells a person what is wrong; it is no dump of a program. */
export function expectReadable(text: string, words: RegExp): void {
  expect(text).toMatch(words);
  expect(text).not.toMatch(/undefined|\[object|node_modules|\bat \S+:\d+/);
}

/** A problem has its code, its status also in the body, a title, and words that a person can read. */
export function expectProblem(
  { status, body }: Answer,
  expected: { status: number; code: string; words: RegExp },
): void {
  expect({ status, code: body.code, inBody: body.status }).toEqual({
    status: expected.status,
    code: expected.code,
    inBody: expected.status,
  });
  expect(body.title).toMatch(/\w{3}/);
  const faults = (body.faults ?? []).map(
    ({ path, message }: { path: string; message: string }) => `${path} ${message}`,
  );
  expectReadable([body.title, body.detail ?? "", ...faults].join("; "), expected.words);
}

/** Waits until deposits are in the books. */
export async function expectPosted({ admin }: System, ids: string[]): Promise<void> {
  await until("the good deposits in the books", async () => {
    const posted = new Set((await admin.all("/v1/deposits")).map(({ id }) => id));
    return ids.every((id) => posted.has(id));
  });
}

/** Waits for the line of the broker's log that tells of a refusal; its fields must be those given. */
export async function refusalLogged({ broker }: System, fields: Record<string, string>): Promise<void> {
  await until(`a refusal in the broker's log: ${JSON.stringify(fields)}`, () =>
    readFileSync(broker.logFile, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line))
      .some(
        (entry) =>
          entry.msg === "refused" && Object.entries(fields).every(([name, value]) => entry[name] === value),
      ),
  );
}

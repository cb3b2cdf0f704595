/** What the command says of files that it cannot take. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CommandError } from "./command-error.ts";
import { runImport } from "./import-command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jumpa-madu-history-"));
  writeFileSync(join(folder, "materials.csv"), "name,price_idr_per_kg,category,condition,sipsn_class\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs on a store that must not be reached. */
async function refusal(): Promise<string> {
  const store = openRelational("sqlite::memory:", () => undefined);
  try {
    await runImport(store, { folder, wasteBank: "bank-melati", isNew: false });
    return "";
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.message;
  } finally {
    await store.close();
  }
}

test("a file beyond the largest is not read", async () => {
  writeFileSync(join(folder, "deposits.csv"), "");
  truncateSync(join(folder, "deposits.csv"), 64 * 1024 * 1024 + 1);
  expect(await refusal()).toMatch(/deposits\.csv has 67108865 bytes; the most is 67108864/);
});

test("a file in another encoding is told of", async () => {
  writeFileSync(join(folder, "deposits.csv"), Buffer.from([0x64, 0xe9, 0x0a]));
  expect(await refusal()).toContain("is not in UTF-8");
});

test("a file that is missing is named", async () => {
  expect(await refusal()).toMatch(/deposits\.csv cannot be read/);
});

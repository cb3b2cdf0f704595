/** What `ledger verify` and `ledger close` say of books that nobody has sealed or closed yet. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, dayOf } from "@jumpa-madu/contracts/local-day";
import { afterAll, expect, test } from "vitest";
import { makeTempDir } from "../servers/temp-dir.ts";
import { ledger } from "./ledger-command.ts";

const temp = makeTempDir("proof-commands");
afterAll(() => temp.remove());

test("verify says how many rows no head proves yet, and close seals them and gives a reason for each day that it leaves", async () => {
  const url = `sqlite:${join(temp.path, "books.sqlite")}`;
  const folder = join(temp.path, "bank-melati");
  mkdirSync(folder);
  const files = {
    "materials.csv": "name,price_idr_per_kg,category,condition,sipsn_class\nHVS,1105,KERTAS,,KK\n",
    "deposits.csv": "date,member,material,weight_kg,amount_idr\n2025-06-20,M1,HVS,2,2210\n",
    "withdrawals.csv": "date,member,amount_idr\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  expect(await ledger(url, "import", folder)).toMatchObject({ code: 0 });

  const before = await ledger(url, "verify");
  const { ok, unsealed, counted } = JSON.parse(before.stdout);
  expect([ok, unsealed.journals]).toEqual([true, counted.journals]);
  expect(before.stderr).toContain(`the heads say nothing of them: ${counted.journals} of journals`);

  const yesterday = dayOf(Date.now() - DAY_MS);
  const close = await ledger(url, "close", "--day", yesterday);
  expect(JSON.parse(close.stdout)).toMatchObject({
    day: yesterday,
    closed: [],
    skipped: [{ waste_bank: "bank-melati", reason: expect.stringContaining("it was made on") }],
  });

  const after = await ledger(url, "verify");
  expect(JSON.parse(after.stdout)).toMatchObject({
    ok: true,
    unsealed: {},
    sealed: { journals: { seq: counted.journals } },
  });
  expect(after.stderr).toBe("");
}, 60_000);

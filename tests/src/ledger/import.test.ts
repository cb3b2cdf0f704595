/** Taking over a waste bank's history: to the gram and the rupiah, once, also when it is cut off. */

import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createDatabase } from "../servers/postgresql.ts";
import { makeTempDir } from "../servers/temp-dir.ts";
import { ledger, startLedger } from "./ledger-command.ts";

const MATERIALS = `name,price_idr_per_kg,category,condition,sipsn_class
HVS,1105,KERTAS,"Bekas, kering",KK
Sak Telur,650,KERTAS,,KK
`;

/** A year of a real waste bank; only where it lies beside the project. */
const REAL_YEAR = join(import.meta.dirname, "../../../../shared/data/waste-bank");

describe.each(["sqlite", "postgres"] as const)("an import on %s", (engine) => {
  const temp = makeTempDir("import");
  afterAll(() => temp.remove());

  async function freshUrl(name: string): Promise<string> {
    if (engine === "sqlite") return `sqlite:${join(temp.path, `${name}.sqlite`)}`;
    return await createDatabase(inject("postgresUrl"), `import_${name}_${crypto.randomUUID().slice(0, 8)}`);
  }

  function history(name: string, deposits: string[], withdrawals: string[] = []): string {
    const folder = join(temp.path, name);
    mkdirSync(folder);
    writeFileSync(join(folder, "materials.csv"), MATERIALS);
    writeFileSync(
      join(folder, "deposits.csv"),
      ["date,member,material,weight_kg,amount_idr", ...deposits, ""].join("\n"),
    );
    writeFileSync(join(folder, "withdrawals.csv"), ["date,member,amount_idr", ...withdrawals, ""].join("\n"));
    return folder;
  }

  it("honours what was written, joins spellings, and keeps rows apart that say the same", async () => {
    const url = await freshUrl("small");
    const folder = history(
      "bank-melati",
      [
        "2025-06-20,M1,HVS,1.5,9999",
        "2025-06-20,M1,HVS,1.5,9999",
        "2025-06-20,M2,sak  TELUR,0.25,163",
        "2025-06-27,M2,Kain,2,0",
        "2025-02-30,M3,HVS,1,1",
      ],
      ["2025-06-27,M1,9999", "2025-06-19,M1,1", "2025-06-27,M9,1"],
    );
    const first = await ledger(url, "import", folder);
    expect(first.code, first.stderr).toBe(0);
    const report = JSON.parse(first.stdout);
    expect(report).toEqual({
      members: 2,
      deposits: 4,
      weight_g: 5_250,
      amount_idr: 20_161,
      withdrawals: 1,
      withdrawn_idr: 9_999,
      refused: [
        { file: "deposits.csv", line: 6, reason: expect.stringContaining("2025-02-30") },
        { file: "withdrawals.csv", line: 3, reason: expect.stringContaining("no deposit up to 2025-06-19") },
        { file: "withdrawals.csv", line: 4, reason: expect.stringContaining("M9") },
      ],
    });
    expect(first.stderr).toContain('"Kain" is not in materials.csv');
    const again = await ledger(url, "import", folder);
    expect(JSON.parse(again.stdout)).toMatchObject({ deposits: 4, withdrawals: 1 });
    const store = openRelational(url, () => undefined);
    try {
      const { sum } = await store.db
        .selectFrom("deposits")
        .select(({ fn }) => fn.sum<number>("total_idr").as("sum"))
        .executeTakeFirstOrThrow();
      expect(Number(sum)).toBe(20_161);
      const names = await store.db.selectFrom("materials").select("id").orderBy("id").execute();
      expect(names.map(({ id }) => id)).toEqual(["hvs", "kain", "sak-telur"]);
    } finally {
      await store.close();
    }
    expect(await ledger(url, "verify")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"ok":true'),
    });
  });

  it("refuses a row that was changed since it was posted, and prints what is in the books", async () => {
    const url = await freshUrl("changed");
    const rows = ["2025-06-20,M1,HVS,1.5,5000", "2025-06-20,M2,HVS,1,1000"];
    const paid = ["2025-06-27,M1,2000"];
    await ledger(url, "import", history("changed", rows, paid));
    const corrected = history(
      "corrected",
      ["2025-06-20,M1,HVS,1.5,50000", ...rows.slice(1), "2025-06-21,M1,HVS,1,700"],
      ["2025-06-27,M1,2500"],
    );
    const again = await ledger(url, "import", corrected, "--waste-bank", "changed");
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual({
      members: 2,
      deposits: 2,
      weight_g: 2_000,
      amount_idr: 1_700,
      withdrawals: 0,
      withdrawn_idr: 0,
      refused: [
        {
          file: "deposits.csv",
          line: 2,
          reason: expect.stringMatching(
            /1500 g for Rp 5000 .* 1500 g for Rp 50000: put the row back .*\/correction/,
          ),
        },
        { file: "withdrawals.csv", line: 2, reason: expect.stringMatching(/of Rp 2000 .* Rp 2500: put/) },
      ],
    });
    expect(JSON.parse((await ledger(url, "verify")).stdout)).toMatchObject({
      ok: true,
      counted: { deposits: 3 },
    });
  });

  it("takes a kind of waste for the one that is there by its id or name, and says which", async () => {
    const url = await freshUrl("kinds");
    const folder = history("kinds", ["2025-06-20,M1,Kardus,1,1000", "2025-06-20,M1,botol  PET,1,1000"]);
    await ledger(url, "import", history("empty", []), "--waste-bank", "kinds", "--new");
    const store = openRelational(url, () => undefined);
    try {
      await store.db
        .insertInto("materials")
        .values([
          { id: "kardus", name: "Kardus bersih", category: "KERTAS", created_ms: 0 },
          { id: "p-1", name: "Botol PET", category: "PLASTIK", created_ms: 0 },
        ])
        .execute();
      const first = await ledger(url, "import", folder);
      expect(first.stderr).toContain("taken as the material kardus that is there");
      expect(first.stderr).toContain("taken as the material p-1 that is there");
      expect(first.stderr).not.toContain("a kind of its own");
      expect(JSON.parse(first.stdout)).toMatchObject({ deposits: 2, refused: [] });
      expect(JSON.parse((await ledger(url, "import", folder)).stdout)).toEqual(JSON.parse(first.stdout));
      const lines = await store.db.selectFrom("deposit_lines").select("material_id").execute();
      expect(lines.map(({ material_id }) => material_id).sort()).toEqual(["kardus", "p-1"]);
    } finally {
      await store.close();
    }
  });

  it("ends with 2 when not one row of a file can be read, and says how many are refused when others are left", async () => {
    const url = await freshUrl("unreadable");
    const folder = history("unreadable", ["2025-06-20,M1,HVS,1,1000", "2025-02-30,M1,HVS,1,1000"]);
    const some = await ledger(url, "import", folder);
    expect(some).toMatchObject({ code: 0, stderr: expect.stringContaining("1 rows refused") });
    const head = "name,price_idr_per_kg,category,condition,sipsn_class";
    writeFileSync(join(folder, "materials.csv"), `${head}\nHVS,Rp 1.105,KERTAS,,KK\n`);
    expect(await ledger(url, "import", folder)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(
        /materials.csv: none of its 1 rows can be read; line 2: price_idr_per_kg/,
      ),
    });
  });

  it("makes a waste bank in a database that has none, and later only where that is said", async () => {
    const url = await freshUrl("places");
    const folder = history("bank-satu", ["2025-06-20,M1,HVS,1,1000"]);
    const other = history("bank-dua", ["2025-06-20,M1,HVS,1,1000"]);
    const told = { code: 2, stdout: "", stderr: expect.stringContaining("or say --new") };
    expect(await ledger(url, "import", folder, "--waste-bank", "bank-satu")).toMatchObject(told);
    expect(await ledger(url, "import", folder)).toMatchObject({ code: 0 });
    expect(await ledger(url, "import", folder)).toMatchObject({ code: 0 });
    expect(await ledger(url, "import", other)).toMatchObject(told);
    expect(await ledger(url, "import", other, "--waste-bank", "bank-stau")).toMatchObject(told);
    expect(await ledger(url, "import", other, "--waste-bank", "bank-satu")).toMatchObject({ code: 0 });
    for (const run of ["makes", "finds"])
      expect(await ledger(url, "import", other, "--new"), run).toMatchObject({ code: 0 });
    const store = openRelational(url, () => undefined);
    try {
      const places = await store.db.selectFrom("waste_banks").select("id").orderBy("id").execute();
      expect(places.map(({ id }) => id)).toEqual(["bank-dua", "bank-satu"]);
    } finally {
      await store.close();
    }
  }, 90_000);

  it("goes on where it was cut off", async () => {
    const url = await freshUrl("cut");
    const rows = Array.from({ length: 1_200 }, (_, index) => {
      const day = `2025-0${1 + (index % 9)}-1${index % 10}`;
      return `${day},M${index % 40},HVS,${1 + (index % 7)},${1_000 + index}`;
    });
    const folder = history("cut", rows);
    const cut = startLedger(url, "import", folder);
    if (cut.process.stderr === null) throw new Error("no stderr");
    for (let seen = ""; !seen.includes("300 of"); )
      seen += String((await once(cut.process.stderr, "data"))[0]);
    cut.process.kill("SIGKILL");
    const ended = await cut.ended;
    expect(ended.stdout).toBe("");
    const whole = await ledger(url, "import", folder);
    expect(JSON.parse(whole.stdout)).toMatchObject({ deposits: 1_200, members: 40, refused: [] });
    const verified = JSON.parse((await ledger(url, "verify")).stdout);
    expect(verified).toMatchObject({ ok: true, counted: { deposits: 1_200, journals: 2_400 } });
  }, 90_000);

  it.runIf(existsSync(REAL_YEAR))(
    "reproduces a real year, and a second time changes nothing",
    async () => {
      const url = await freshUrl("year");
      const expected = {
        members: 86,
        deposits: 538,
        weight_g: 4_490_185,
        amount_idr: 6_308_692,
        withdrawals: 3,
        withdrawn_idr: 1_110_000,
        refused: [{ file: "withdrawals.csv", line: 5, reason: expect.stringContaining("Rp 531685") }],
      };
      expect(JSON.parse((await ledger(url, "import", REAL_YEAR)).stdout)).toEqual(expected);
      const before = JSON.parse((await ledger(url, "verify")).stdout);
      expect(JSON.parse((await ledger(url, "import", REAL_YEAR)).stdout)).toEqual(expected);
      expect(JSON.parse((await ledger(url, "verify")).stdout)).toEqual(before);
    },
    90_000,
  );
});

describe("a command that cannot be", () => {
  let url: string;
  const temp = makeTempDir("ledger-command");
  beforeAll(() => {
    url = `sqlite:${join(temp.path, "books.sqlite")}`;
  });
  afterAll(() => temp.remove());

  it.each([
    { args: [], words: "usage: ledger" },
    { args: ["prove"], words: "there is no command prove" },
    { args: ["import"], words: "FOLDER is missing: ledger import FOLDER" },
    { args: ["import", "a", "b"], words: "ledger import takes no b" },
    { args: ["verify", "all"], words: "ledger verify takes no all" },
    { args: ["import", "/nowhere"], words: "materials.csv cannot be read" },
    { args: ["import", ".", "--waste-bank", "Bank Melati"], words: "cannot name a waste bank" },
    { args: ["close", "--day", "2026-02-30"], words: "there is no day" },
    { args: ["close", "--day", "2099-01-01"], words: "has not ended" },
    { args: ["verify", "--fast"], words: "usage: ledger" },
  ])("says what to do: ledger $args", async ({ args, words }) => {
    const ended = await ledger(url, ...args);
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(words) });
  });

  it("names the setting that is missing", async () => {
    expect(await ledger("", "verify")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("DATABASE_URL"),
    });
  });
});

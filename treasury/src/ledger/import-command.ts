/** `ledger import FOLDER`: takes over a waste bank's history from spreadsheets. */
import { readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { isName } from "@jumpa-madu/contracts/ids";
import { dayOf } from "@jumpa-madu/contracts/local-day";
import { type HistoryRow, importRows, keyed } from "@jumpa-madu/store/import-history";
import {
  type ImportedMaterial,
  keepMaterials,
  namesOfMaterials,
  openWasteBank,
} from "@jumpa-madu/store/import-place";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { CommandError } from "./command-error.ts";
import {
  type DepositRow,
  type HistoryFile,
  type MaterialRow,
  type RefusedRow,
  type Rows,
  readDeposits,
  readMaterials,
  readWithdrawals,
  type WithdrawalRow,
} from "./history-rows.ts";

/** Largest file that is read, in bytes: some million rows. */
const HISTORY_FILE_BYTES_MAX = 64 * 1024 * 1024;

/** Category of a kind of waste that is in the deposits and not in the list. */
const UNKNOWN_CATEGORY = "LAINNYA";

/** What was taken over, by this run and those before it. */
interface ImportReport {
  members: number;
  deposits: number;
  weight_g: number;
  amount_idr: number;
  withdrawals: number;
  withdrawn_idr: number;
  refused: RefusedRow[];
}

/**
 * Prints the report as one JSON object; progress, what was made and how many rows were refused go to stderr. Answers 0, also when
 * rows were refused: the report names them. Throws CommandError when the folder or a file cannot be read, not one row of a file
 * can, or the waste bank is neither there nor
 * meant to be made: `isNew` says so, and without a name the folder's does in a database that has none yet.
 */
export async function runImport(
  store: RelationalStore,
  { folder, wasteBank: given, isNew }: { folder: string; wasteBank: string | null; isNew: boolean },
): Promise<number> {
  const nowMs = Date.now();
  const wasteBank = given ?? slugOf(basename(resolve(folder)));
  if (!isName(wasteBank)) {
    throw new CommandError(
      `"${wasteBank}" cannot name a waste bank: give --waste-bank with a-z, 0-9 and hyphens`,
    );
  }
  const today = dayOf(nowMs);
  const materials = readMaterials(readText(folder, "materials.csv"));
  const deposits = readDeposits(readText(folder, "deposits.csv"), today);
  const withdrawals = readWithdrawals(readText(folder, "withdrawals.csv"), today);
  for (const [file, read] of Object.entries({
    "materials.csv": materials,
    "deposits.csv": deposits,
    "withdrawals.csv": withdrawals,
  }))
    checkReadable(file, read);
  let ids: MaterialIds = new Map();
  await store.transaction(async (tx) => {
    const mayMake = isNew ? "always" : given === null ? "first" : "never";
    const place = await openWasteBank(tx, { id: wasteBank, mayMake }, nowMs);
    if (place === "unknown") {
      throw new CommandError(
        `there is no waste bank ${wasteBank}: give the id of one that is there by --waste-bank, or say --new to make it`,
      );
    }
    if (place === "made") {
      say(`waste bank ${wasteBank} was made; give it its name and place by PUT /v1/waste-banks/${wasteBank}`);
    }
    const kinds = kindsOf(materials.rows, deposits.rows, await namesOfMaterials(tx));
    ids = kinds.ids;
    await keepMaterials(tx, { wasteBank, materials: kinds.materials, nowMs });
  });
  const report = await importAll(store, {
    wasteBank,
    nowMs,
    ids,
    deposits: deposits.rows,
    withdrawals: withdrawals.rows,
  });
  report.refused = [
    ...materials.refused,
    ...deposits.refused,
    ...withdrawals.refused,
    ...report.refused,
  ].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  if (report.refused.length > 0)
    say(`${report.refused.length} rows refused; the report names each with its line and reason`);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return 0;
}

async function importAll(
  store: RelationalStore,
  of: {
    wasteBank: string;
    nowMs: number;
    ids: MaterialIds;
    deposits: DepositRow[];
    withdrawals: WithdrawalRow[];
  },
): Promise<ImportReport> {
  const { wasteBank, nowMs } = of;
  const deposits = keyed(
    wasteBank,
    of.deposits.map(({ day, member, material, weightG, amountIdr }) => ({
      kind: "deposit" as const,
      day,
      member,
      material: slugOf(material),
      weightG,
      amountIdr,
    })),
    // After the keys, which tell rows by what the file says, whatever the kinds of waste are called here.
  ).map((row) => ({ ...row, material: of.ids.get(row.material) ?? row.material }));
  const withdrawals = keyed(
    wasteBank,
    of.withdrawals.map(({ day, member, amountIdr }) => ({
      kind: "withdrawal" as const,
      day,
      member,
      amountIdr,
    })),
  );
  const places = new Map<HistoryRow, Omit<RefusedRow, "reason">>([
    ...deposits.map(
      (row, index) => [row, { file: "deposits.csv", line: of.deposits[index]?.line ?? 0 }] as const,
    ),
    ...withdrawals.map(
      (row, index) => [row, { file: "withdrawals.csv", line: of.withdrawals[index]?.line ?? 0 }] as const,
    ),
  ]);
  const members = new Set<string>();
  const report: ImportReport = {
    members: 0,
    deposits: 0,
    weight_g: 0,
    amount_idr: 0,
    withdrawals: 0,
    withdrawn_idr: 0,
    refused: [],
  };
  let done = 0;
  for await (const batch of importRows(store, { wasteBank, rows: [...places.keys()], nowMs })) {
    for (const { row, outcome } of batch) {
      if (outcome.kind === "refused") {
        const place = places.get(row);
        if (place !== undefined) report.refused.push({ ...place, reason: outcome.reason });
        continue;
      }
      members.add(row.member);
      if (row.kind === "deposit") {
        report.deposits += 1;
        report.weight_g += row.weightG;
        report.amount_idr += row.amountIdr;
      } else {
        report.withdrawals += 1;
        report.withdrawn_idr += row.amountIdr;
      }
    }
    done += batch.length;
    say(`${done} of ${places.size} rows`);
  }
  report.members = members.size;
  return report;
}

/** Ids of kinds of waste by how their names are spelt in the files, folded. */
type MaterialIds = Map<string, string>;

/**
 * Kinds of waste: those of the list, and those that only deposits name. Spellings that differ in case or marks are one. One that the
 * database has, by id or else by name, stays what it is there.
 */
function kindsOf(
  list: MaterialRow[],
  deposits: DepositRow[],
  there: { id: string; name: string }[],
): { materials: ImportedMaterial[]; ids: MaterialIds } {
  const known = new Map([
    ...there.map(({ id, name }) => [slugOf(name), id] as const).toReversed(),
    ...there.map(({ id }) => [id, id] as const),
  ]);
  const ids: MaterialIds = new Map();
  const materials = new Map<string, ImportedMaterial>();
  for (const { name, priceIdrPerKg, category, condition, sipsnClass } of list) {
    const spelt = slugOf(name);
    const id = known.get(spelt) ?? spelt;
    ids.set(spelt, id);
    materials.set(id, {
      id,
      name,
      category,
      condition,
      sipsnClass: sipsnClass as ImportedMaterial["sipsnClass"],
      priceIdrPerKg,
    });
  }
  for (const { material: name } of deposits) {
    const spelt = slugOf(name);
    if (ids.has(spelt)) continue;
    const id = known.get(spelt);
    ids.set(spelt, id ?? spelt);
    if (id !== undefined) {
      say(`"${name}" is not in materials.csv; it is taken as the material ${id} that is there`);
      continue;
    }
    say(`"${name}" is not in materials.csv; it is taken as a kind of its own, without a price`);
    materials.set(spelt, {
      id: spelt,
      name,
      category: UNKNOWN_CATEGORY,
      condition: "",
      sipsnClass: null,
      priceIdrPerKg: null,
    });
  }
  return { materials: [...materials.values()], ids };
}

/** Throws CommandError when there are rows and none can be read: it is another kind of file, and no row of it is worth the others. */
function checkReadable(file: string, { rows, refused: [first, ...more] }: Rows<unknown>): void {
  if (rows.length > 0 || first === undefined) return;
  throw new CommandError(
    `${file}: none of its ${more.length + 1} rows can be read; line ${first.line}: ${first.reason}`,
  );
}

/** Name of a place or material from what people call it: small letters, digits, hyphens. */
function slugOf(name: string): string {
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 64);
}

function readText(folder: string, file: HistoryFile): string {
  const path = join(folder, file);
  try {
    const { size } = statSync(path);
    if (size > HISTORY_FILE_BYTES_MAX)
      throw new CommandError(`${path} has ${size} bytes; the most is ${HISTORY_FILE_BYTES_MAX}`);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof TypeError) throw new CommandError(`${path} is not in UTF-8: save it so`, error);
    throw new CommandError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

function say(words: string): void {
  process.stderr.write(`${words}\n`);
}

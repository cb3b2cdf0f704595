/**
 * `npm run -s ledger -- COMMAND`: proves the books, closes days, and imports a waste bank's history.
 *
 * One JSON object on stdout; what goes on, and what is wrong in words, on stderr. Ends with 0 when all is in order, 1 when
 * the books are not or the database is away, 2 when the command or the configuration is wrong.
 */
import { parseArgs } from "node:util";
import { migrate } from "@jumpa-madu/store/migrate";
import { openRelational, type RelationalStore } from "@jumpa-madu/store/relational-store";
import { loadDatabaseConfig } from "./database-config.ts";
import { runClose } from "./ledger/close-command.ts";
import { CommandError } from "./ledger/command-error.ts";
import { runImport } from "./ledger/import-command.ts";
import { runVerify } from "./ledger/verify-command.ts";

const USAGE = `usage: ledger COMMAND

  verify [--heads HEADS] recompute the books from their transfers and say which row breaks what; also whether they still
                         stand on the heads that a close has printed, and that were kept elsewhere
  close [--day DAY] [--waste-bank ID]
                         seal, verify and close a day (WIB, default yesterday) for every waste bank or one
  import FOLDER [--waste-bank ID] [--new]
                         materials.csv, deposits.csv and withdrawals.csv of a waste bank; run again, it goes on
                         (--new makes the waste bank where there is none of this id)

DATABASE_URL names the database; it is migrated first.
`;

type Command = (store: RelationalStore, given: Given) => Promise<number>;

interface Given {
  operands: string[];
  day: string | undefined;
  wasteBank: string | undefined;
  heads: string | undefined;
  isNew: boolean;
}

const COMMANDS: Record<string, Command> = {
  verify: (store, { heads }) => runVerify(store, heads ?? null),
  close: (store, { day, wasteBank }) => runClose(store, { day: day ?? null, wasteBank: wasteBank ?? null }),
  import: (store, { operands: [folder = ""], wasteBank, isNew }) =>
    runImport(store, { folder, wasteBank: wasteBank ?? null, isNew }),
};

/** Operands that each command takes. */
const OPERANDS: Record<string, string[]> = { verify: [], close: [], import: ["FOLDER"] };

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) return 2;
  const { values, positionals } = options;
  const [name = "", ...operands] = positionals;
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = COMMANDS[name];
  if (command === undefined)
    return failUsage(name === "" ? "a command is missing" : `there is no command ${name}`);
  const fault = faultOfOperands(name, operands);
  if (fault !== null) return failUsage(fault);
  const loaded = loadDatabaseConfig(process.env);
  if (!loaded.ok) return fail(2, loaded.faults.join("\n"));
  const store = openRelational(loaded.value.DATABASE_URL, () => undefined);
  try {
    await migrate(store);
    return await command(store, {
      operands,
      day: values.day,
      wasteBank: values["waste-bank"],
      heads: values.heads,
      isNew: values.new,
    });
  } catch (error) {
    if (error instanceof CommandError) return fail(2, error.message);
    return fail(
      1,
      error instanceof Error
        ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ""}`
        : String(error),
    );
  } finally {
    await store.close();
  }
}

function faultOfOperands(name: string, operands: string[]): string | null {
  const takes = OPERANDS[name] ?? [];
  const missing = takes.slice(operands.length);
  if (missing.length > 0) return `${missing.join(" ")} is missing: ledger ${name} ${takes.join(" ")}`;
  const further = operands.slice(takes.length);
  return further.length === 0 ? null : `ledger ${name} takes no ${further.join(" ")}`;
}

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        day: { type: "string" },
        "waste-bank": { type: "string" },
        heads: { type: "string" },
        new: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    failUsage(error instanceof Error ? error.message : String(error));
    return null;
  }
}

function failUsage(fault: string): number {
  return fail(2, `${fault}\n\n${USAGE}`);
}

function fail(code: 1 | 2, words: string): number {
  process.stderr.write(`ledger: ${words}\n`);
  return code;
}

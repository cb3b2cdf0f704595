/**
 * Makes a user from the command line, for the first one above all: there is no default user and no default password.
 *
 * Prints one line of JSON: {"username","password","role"}; the password only when it was drawn here, else null. Ends with
 * 0 when the user was made, 2 when the options or the configuration are wrong, 1 when the database refuses or is away.
 */
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { NewUser, USER_ROLES } from "@jumpa-madu/contracts/http/people";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { constraintFault } from "@jumpa-madu/store/constraint-fault";
import { migrate } from "@jumpa-madu/store/migrate";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { StoreError } from "@jumpa-madu/store/store-error";
import { insertMemberUser } from "@jumpa-madu/store/users";
import { drawPassword, PasswordHasher } from "./auth/password.ts";
import { faultOfUser } from "./auth/user-rules.ts";
import { loadDatabaseConfig } from "./config.ts";

const FAULTS = {
  exists: "there is a user of this name already",
  unknown_reference: "the waste bank or member does not exist",
  out_of_range: "the role does not fit",
};

const USAGE = `usage: create-user --username NAME --role ROLE [--waste-bank ID] [--member ID] [--password-stdin]

  --username NAME    3 to 64 of a-z, 0-9, dot, underscore, hyphen
  --role ROLE        ${USER_ROLES.join(", ")}
  --waste-bank ID    waste bank of an operator
  --member ID        member whose user this is, for the role member; of others the member that they are
  --password-stdin   read the password from the input; without it one is drawn and printed

DATABASE_URL names the database; it is migrated first.
`;

const options = readOptions();
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const missing = (["username", "role"] as const).filter((name) => options[name] === undefined);
if (missing.length > 0) failUsage(missing.map((name) => `--${name} is missing`));
const loaded = loadDatabaseConfig(process.env);
if (!loaded.ok) fail(2, loaded.faults);
const given = options["password-stdin"] ? (await text(process.stdin)).replace(/\r?\n$/, "") : undefined;
const checked = checkerOf(NewUser).check({
  username: options.username,
  role: options.role,
  waste_bank: options["waste-bank"] ?? null,
  member: options.member ?? null,
  ...(given === undefined ? {} : { password: given }),
});
if (!checked.ok) fail(2, checked.faults);
const { username, role, waste_bank: wasteBank = null, member = null } = checked.value;
const fault = faultOfUser({ role, wasteBank, member });
if (fault !== null) fail(2, [fault]);

const password = given ?? drawPassword();
try {
  await keepUser(loaded.value.DATABASE_URL);
} catch (error) {
  const refusal = constraintFault(error);
  if (refusal !== null) fail(1, [FAULTS[refusal]]);
  fail(error instanceof StoreError && error.code === "unsupported_url" ? 2 : 1, [wordsOf(error)]);
}
process.stdout.write(
  `${JSON.stringify({ username, password: given === undefined ? password : null, role })}\n`,
);

function readOptions() {
  try {
    return parseArgs({
      options: {
        help: { type: "boolean", short: "h", default: false },
        username: { type: "string" },
        role: { type: "string" },
        "waste-bank": { type: "string" },
        member: { type: "string" },
        "password-stdin": { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return failUsage([wordsOf(error)]);
  }
}

async function keepUser(databaseUrl: string): Promise<void> {
  const store = openRelational(databaseUrl, () => {});
  try {
    await migrate(store);
    const passwordHash = await new PasswordHasher().hash(password);
    const kept = await store.transaction((tx) =>
      insertMemberUser(tx, { username, passwordHash, role, wasteBank, member }, Date.now()),
    );
    if (kept.kind === "refused") fail(1, [kept.reason]);
  } finally {
    await store.close();
  }
}

/** The error in words; some of the system's have none but their code. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === "" && "code" in error ? String(error.code) : error.message;
}

function failUsage(faults: string[]): never {
  fail(2, faults, `\n${USAGE}`);
}

function fail(code: 1 | 2, faults: string[], more = ""): never {
  process.stderr.write(`no user was made:\n${faults.map((one) => `  ${one}\n`).join("")}${more}`);
  process.exit(code);
}

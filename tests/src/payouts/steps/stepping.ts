/**
 * Steps of a treasury process at which it can be killed: around each transaction, before a statement within one, around each
 * call to the provider. Everything of the treasury is the real one; only its store and `fetch` tell when a step is reached.
 *
 * A step is `{role} {moment}`, such as `submit answered`. Its role is found in the stack, by the file whose work it is.
 */
import type { RelationalStore, Tx } from "@jumpa-madu/store/relational-store";

/** Files by whose work a step is named; the first of them that stands in the stack counts. */
const ROLES = [
  ["treasury/src/jobs/inbox.ts", "inbox"],
  ["treasury/src/jobs/look-up.ts", "lookup"],
  ["treasury/src/jobs/submit.ts", "submit"],
  ["treasury/src/reconciliation.ts", "reconcile"],
  ["store/src/payouts/claim-job.ts", "claim"],
  ["store/src/payouts/unsent.ts", "unsent"],
  ["store/src/proof/seals.ts", "seal"],
  ["store/src/proof/close-day.ts", "close"],
  // Its other loops have a file of their own: what is left keeps webhooks.
  ["treasury/src/treasury.ts", "keep"],
] as const;

type Role = (typeof ROLES)[number][1];

/** Where in its work. A statement is named by what it does to which table, and the step is before it. */
type Moment =
  | "begin"
  | "commit"
  | "committed"
  | "call"
  | "answered"
  | `${"insert" | "update" | "delete"} ${string}`;

/** A step; a number behind it: the so-many-th time that it is reached. */
export type Step = `${Role} ${Moment}`;

/** Frames that are looked through: between a call to the provider and the job are those of adapter, line and fetch. */
const FRAMES_MAX = 60;

/** Hears of every step. */
export type OnStep = (step: Step) => void;

/** The store, telling its steps. */
export function steppingStore(store: RelationalStore, onStep: OnStep): RelationalStore {
  return {
    ...store,
    async transaction(work) {
      const role = roleNow();
      if (role === null) return await store.transaction(work);
      onStep(`${role} begin`);
      const result = await store.transaction(async (tx) => {
        tellStatements(tx, (statement) => onStep(`${role} ${statement}`));
        const done = await work(tx);
        if (!isVain(role, done)) onStep(`${role} commit`);
        return done;
      });
      if (!isVain(role, result)) onStep(`${role} committed`);
      return result;
    },
  };
}

/** A claim that found no job is none. */
function isVain(role: Role, result: unknown): boolean {
  return role === "claim" && result === null;
}

/** `fetch`, telling its steps. */
export function steppingFetch(real: typeof fetch, onStep: OnStep): typeof fetch {
  return async (...call) => {
    const role = roleNow();
    if (role !== null) onStep(`${role} call`);
    const answer = await real(...call);
    // The answer is there to its last byte, as the treasury has it a moment later.
    const bytes = await answer.arrayBuffer();
    if (role !== null) onStep(`${role} answered`);
    const { status, statusText, headers } = answer;
    return new Response(status === 204 ? null : bytes, { status, statusText, headers });
  };
}

function roleNow(): Role | null {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES_MAX;
  const stack = new Error().stack ?? "";
  Error.stackTraceLimit = before;
  return ROLES.find(([file]) => stack.includes(file))?.[1] ?? null;
}

/** A statement that changes something, and of which table. */
const STATEMENT = /^(insert|update|delete)(?: into| from)? "(\w+)"/;

/** Every statement of a transaction goes through its executor, also one that was built long ago. */
function tellStatements(
  tx: Tx,
  onStatement: (statement: `${"insert" | "update" | "delete"} ${string}`) => void,
): void {
  const executor = tx.getExecutor();
  const execute = executor.executeQuery.bind(executor);
  executor.executeQuery = (query, ...more) => {
    const [, verb, table] = STATEMENT.exec(query.sql) ?? [];
    if (verb === "insert" || verb === "update" || verb === "delete") onStatement(`${verb} ${table}`);
    return execute(query, ...more);
  };
}

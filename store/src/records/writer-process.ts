/**
 * A process that posts deposits to one waste bank until it is done or killed, and prints each id once it is committed;
 * for tests of durability. Arguments: URL, books as JSON, number of deposits.
 */
import { writeSync } from "node:fs";
import { openRelational } from "../relational/relational-store.ts";
import { postRecord } from "./post-record.ts";
import { depositOf, lineOf, NOW_MS, type SampleBooks } from "./sample-books.ts";

const [url = "", json = "{}", count = "0"] = process.argv.slice(2);
const books = JSON.parse(json) as SampleBooks;
const store = openRelational(url, () => {});
for (let each = 0; each < Number(count); each++) {
  const deposit = depositOf(books, [lineOf(books, "pet", 1_000), lineOf(books, "paper", 1_000)]);
  const origin = { node: books.node, receivedMs: NOW_MS };
  const { kind } = await store.transaction((tx) => postRecord(tx, origin, deposit));
  if (kind !== "posted") throw new Error(kind);
  // At once and past any buffer of this process: what is printed was durable.
  writeSync(1, `${deposit.id}\n`);
}
await store.close();

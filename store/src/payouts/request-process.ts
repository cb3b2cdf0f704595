/**
 * A process that asks for one payout of cash after the other and prints what became of each; for tests of several processes on
 * one database. Arguments: URL, request as JSON, how often.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { openRelational } from "../relational/relational-store.ts";
import { type NewPayout, requestPayout } from "./request-payout.ts";

const [url = "", json = "{}", count = "0"] = process.argv.slice(2);
const request = JSON.parse(json) as NewPayout;
const store = openRelational(url, () => {});
for (let each = 0; each < Number(count); each++) {
  const outcome = await store.transaction((tx) => requestPayout({}, tx, { ...request, id: newEventId() }));
  process.stdout.write(`${outcome.kind === "refused" ? outcome.code : outcome.kind}\n`);
}
await store.close();

/**
 * Mends Aedes's delivery of messages that were stored out of order.
 *
 * To drop duplicates of overlapping filters, Aedes keeps for each client only the highest message counter of each
 * broker and takes any lower one for a duplicate. As soon as persistence is asynchronous, messages overtake each other
 * and the slower ones are lost (moscajs/aedes issues 955 and 994). Nothing here needs that check: no filter that the
 * broker grants overlaps another, and ingest tells repeats by their sequence numbers.
 */
import type { Client } from "aedes";

/** Stands for the counters, and says of every message that it is new. */
const NOTHING_SEEN = new Proxy({}, { get: () => 0, set: () => true, deleteProperty: () => true });

/** Turns the check off for one client; to be called on Aedes's `client` event, before anything is delivered. */
export function deliverEverything(client: Client): void {
  Object.defineProperty(client, "duplicates", { value: NOTHING_SEEN });
}

/** Somebody at one scale who brings bag after bag, and asks again with the same id until the terminal says yes. */
import { setTimeout as pause } from "node:timers/promises";
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Random } from "@jumpa-madu/contracts/random";
import type { HttpClient } from "../system/http-client.ts";
import type { QuickScale } from "../system/quick-scale.ts";
import { MATERIALS, type Member } from "../system/town.ts";

/** Pause between two bags, and between two tries for one bag, in milliseconds. */
const BAG_EVERY_MS = 300;
const RETRY_MS = 100;

/** Longest that one bag is tried for, in milliseconds; then the visitor reports what stood in the way. */
const PATIENCE_MS = 60_000;

/** A deposit that a terminal said yes to. */
export interface Receipt {
  id: string;
  node: string;
  receiptNo: string;
  member: string;
  totalIdr: number;
  lines: { material: string; net_g: number; amount_idr: number }[];
  /** When the answer came. */
  acceptedMs: number;
}

export interface Visitor {
  terminal: HttpClient;
  node: string;
  scale: { id: string; model: QuickScale };
  members: Member[];
  random: Random;
}

/** What the visitors have done so far. */
export interface Visits {
  receipts: Receipt[];
  /** Identifiers that were drawn; a deposit of another one was never asked for. */
  drawn: Set<string>;
}

/** Brings bags until `signal` aborts; the last one is still seen through. Throws when a bag is not taken within a minute. */
export async function visit(visitor: Visitor, visits: Visits, signal: AbortSignal): Promise<void> {
  const { scale, random, members } = visitor;
  while (!signal.aborted) {
    // Another weight than before by more than a scale drifts, or the terminal would not see that there is another bag.
    scale.model.weightG = 100 + ((scale.model.weightG - 100 + 5 * random.integer(40, 2_940)) % 15_005);
    const member = members[random.integer(0, members.length - 1)];
    const material = MATERIALS[random.integer(0, MATERIALS.length - 1)]?.id;
    const id = newEventId();
    visits.drawn.add(id);
    visits.receipts.push(
      await ask(visitor, { id, member: member?.number, lines: [{ material, scale: scale.id }] }),
    );
    await pause(BAG_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function ask(
  { terminal, node }: Visitor,
  body: { id: string; [field: string]: unknown },
): Promise<Receipt> {
  const endMs = performance.now() + PATIENCE_MS;
  let refusal = "";
  while (performance.now() < endMs) {
    try {
      const answer = await terminal.post("/deposits", body);
      if (answer.status < 300) return receiptOf(node, answer.body);
      refusal = JSON.stringify(answer.body);
    } catch (error) {
      // The agent was killed before it answered: it may have stored the deposit or not, so the same id is asked again.
      refusal = String(error);
    }
    await pause(RETRY_MS);
  }
  throw new Error(`${node} took no deposit within ${PATIENCE_MS / 1000} s: ${refusal}`);
}

function receiptOf(
  node: string,
  body: { id: string; receipt_no: string; member: string; total_idr: number; lines: Receipt["lines"] },
): Receipt {
  const { id, receipt_no: receiptNo, member, total_idr: totalIdr } = body;
  const lines = body.lines.map(({ material, net_g, amount_idr }) => ({ material, net_g, amount_idr }));
  return { id, node, receiptNo, member, totalIdr, lines, acceptedMs: Date.now() };
}

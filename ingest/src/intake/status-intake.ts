/** Takes a node's status out of a message, or says why it is none. */
import { STATUS_BYTES_MAX, Status } from "@jumpa-madu/contracts/status";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { QuarantineCode, QuarantineItem } from "@jumpa-madu/store/quarantine";
import type { Delivery } from "../mqtt/deferred-puback.ts";
import { parseJson, quarantineItem, textOf } from "./envelope-intake.ts";

/** The status as JSON in our own spelling, or what goes to quarantine in its place. */
export type StatusIntake = { ok: true; status: string } | { ok: false; item: QuarantineItem };

const statusChecker = checkerOf(Status);

/** Parses the body of a status message. */
export function takeStatus({ topic, payload }: Delivery, node: string, nowMs: number): StatusIntake {
  const refuse = (code: QuarantineCode, reason: string): StatusIntake => ({
    ok: false,
    item: quarantineItem(
      { node, topic, stream: null, epoch: null, receivedMs: nowMs },
      { seq: null, code, reason, body: textOf(payload) },
    ),
  });
  if (payload.length > STATUS_BYTES_MAX) {
    return refuse("oversize", `${payload.length} bytes; a status has at most ${STATUS_BYTES_MAX}`);
  }
  const value = parseJson(payload);
  if (value === undefined) return refuse("malformed", "not JSON");
  const checked = statusChecker.check(value);
  if (!checked.ok) return refuse("schema", checked.faults.join("; "));
  return { ok: true, status: JSON.stringify(checked.value) };
}

/**
 * Voids: a deposit is taken back while everybody still stands at the scale. Each is in SQLite, fsynced, before the answer leaves.
 *
 * The window is judged by this terminal's own times of both, exactly as the cloud judges it, so that nothing is taken here that
 * lies in quarantine there. A clock that was set forward meanwhile makes a void late, and staff correct the deposit; one that
 * was set back does not.
 */
import { EventId, newEventId } from "@jumpa-madu/contracts/ids";
import { type DepositVoid, VOID_WINDOW_MS } from "@jumpa-madu/contracts/records";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import Type from "typebox";
import type { ReceiptDeposit } from "../printer/receipt.ts";
import { depositKey, voidKey } from "./answer-keys.ts";
import { type Fault, sendProblem } from "./problems.ts";
import { sendOutcome } from "./send-outcome.ts";
import type { RouteParts, TerminalServer } from "./terminal-parts.ts";

const VoidBody = Type.Object(
  { reason: Type.String({ minLength: 3, maxLength: 200 }) },
  { additionalProperties: false },
);

/**
 * `POST /deposits/{id}/void`: 201 when stored, once for each deposit of this terminal; 200 with the same answer when the same
 * reason comes again, however late; 409 with another reason, or after the window.
 */
export function voidRoutes(app: TerminalServer, { outbox, nowMs }: RouteParts): void {
  app.post(
    "/deposits/:id/void",
    { schema: { params: Type.Object({ id: EventId }), body: VoidBody } },
    (request, reply) => {
      const { id } = request.params;
      const { reason } = request.body;
      const one = { key: voidKey(id), request: request.body };
      const before = outbox.earlier(one);
      if (before !== null) return sendOutcome(reply, before);
      const deposit = outbox.answerOf(depositKey(id)) as ReceiptDeposit | undefined;
      if (deposit === undefined)
        return sendProblem(reply, { code: "not_found", detail: "this terminal has no such deposit" });
      const t = nowMs();
      const fault = voidFault(deposit, t);
      if (fault !== null) return sendProblem(reply, fault);
      const outcome = outbox.recordOnce({
        ...one,
        make: () => {
          const record: DepositVoid = { kind: "deposit_void", id: newEventId(t), t, deposit: id, reason };
          return { record, answer: { id: record.id, deposit: id, t, reason, ...cashBackOf(deposit) } };
        },
      });
      return sendOutcome(reply, outcome);
    },
  );
}

function voidFault({ id, t: takenMs }: ReceiptDeposit, nowMs: number): Fault | null {
  if (nowMs < EPOCH_MS_MIN || nowMs > EPOCH_MS_MAX) return { code: "clock_unset" };
  if (nowMs - takenMs <= VOID_WINDOW_MS) return null;
  const minutes = VOID_WINDOW_MS / 60_000;
  return {
    code: "void_late",
    detail: `setoran lebih lama dari ${minutes} menit, staf yang mengoreksinya: this deposit is older than ${minutes} minutes: staff correct it, POST /v1/deposits/${id}/correction of the cloud's API`,
  };
}

/** What the member must give back in cash. */
function cashBackOf({ purpose, total_idr }: ReceiptDeposit): { cash_back_idr?: number } {
  return purpose === "cash" ? { cash_back_idr: total_idr } : {};
}

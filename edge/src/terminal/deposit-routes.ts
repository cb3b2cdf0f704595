/** Deposits and their voids. Both are in SQLite, fsynced, before the answer leaves. */
import { EventId, NameId, newEventId } from "@jumpa-madu/contracts/ids";
import { DEPOSIT_LINES_MAX, type Deposit, type DepositVoid } from "@jumpa-madu/contracts/records";
import { EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import Type from "typebox";
import { draftDeposit } from "./deposit-draft.ts";
import { type Fault, sendProblem } from "./problems.ts";
import { receiptNo } from "./receipt-number.ts";
import { sendOutcome } from "./send-outcome.ts";
import type { RouteParts, TerminalServer } from "./terminal-parts.ts";
import { weightsUsedBy } from "./weighings.ts";

const strict = { additionalProperties: false } as const;

const DepositBody = Type.Object(
  {
    id: Type.Optional(EventId),
    member: Type.String({ minLength: 1, maxLength: 64, description: "identifier or number" }),
    lines: Type.Array(
      Type.Object(
        { material: NameId, weighing: Type.Optional(EventId), scale: Type.Optional(NameId) },
        strict,
      ),
      { minItems: 1, maxItems: DEPOSIT_LINES_MAX },
    ),
  },
  strict,
);

const VoidBody = Type.Object({ reason: Type.String({ minLength: 3, maxLength: 200 }) }, strict);

/** Key of a deposit among the outbox's answers. */
const depositKey = (id: string): string => `deposit/${id}`;

/**
 * `POST /deposits`: 201 when stored, 200 with the same answer when the same `id` and body come again, 409 when the
 * body differs. `POST /deposits/{id}/void`: the same, once for each deposit of this terminal.
 */
export function depositRoutes(app: TerminalServer, parts: RouteParts): void {
  const { node, outbox, scales, weighings, catalogue, nowMs } = parts;

  app.post("/deposits", { schema: { body: DepositBody } }, (request, reply) => {
    const id = request.body.id ?? newEventId(nowMs());
    const one = { key: depositKey(id), request: { ...request.body, id } };
    const earlier = outbox.earlier(one);
    if (earlier !== null) return sendOutcome(reply, earlier);
    const means = { weighings, scales, priceList: catalogue.priceList(), nowMs: nowMs() };
    const draft = draftDeposit(request.body, means);
    if (!draft.ok) return sendProblem(reply, draft.fault);
    const outcome = outbox.recordOnce({
      ...one,
      make: ({ receiptNumber }) => {
        const receipt_no = receiptNo({ node, epoch: outbox.epoch, number: receiptNumber() });
        const record: Deposit = { ...draft.deposit, id, receipt_no };
        return { record, answer: answerTo(record), used: weightsUsedBy(draft.claims) };
      },
    });
    if (outcome.kind === "recorded") for (const claim of draft.claims) claim.use();
    return sendOutcome(reply, outcome);
  });

  app.post(
    "/deposits/:id/void",
    { schema: { params: Type.Object({ id: EventId }), body: VoidBody } },
    (request, reply) => {
      const { id } = request.params;
      const fault = voidFault(parts, id);
      if (fault !== null) return sendProblem(reply, fault);
      const outcome = outbox.recordOnce({
        key: `void/${id}`,
        request: request.body,
        make: () => {
          const record: DepositVoid = {
            kind: "deposit_void",
            id: newEventId(nowMs()),
            t: nowMs(),
            deposit: id,
            reason: request.body.reason,
          };
          return { record, answer: { id: record.id, deposit: id, t: record.t, reason: record.reason } };
        },
      });
      return sendOutcome(reply, outcome);
    },
  );
}

function voidFault({ outbox, nowMs }: RouteParts, id: string): Fault | null {
  if (outbox.answerOf(depositKey(id)) === undefined) {
    return { code: "not_found", detail: "this terminal has no such deposit" };
  }
  return nowMs() < EPOCH_MS_MIN ? { code: "clock_unset" } : null;
}

/** What the receipt shows. */
function answerTo({ id, receipt_no, t, waste_bank, member, lines, total_idr }: Deposit): object {
  return { id, receipt_no, t, waste_bank, member, lines, total_idr };
}

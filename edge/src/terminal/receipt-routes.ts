/** `POST /deposits/{id}/receipt`: prints the receipt of a deposit of this terminal again, as a copy. */
import { EventId } from "@jumpa-madu/contracts/ids";
import Type from "typebox";
import type { ReceiptDeposit } from "../printer/receipt.ts";
import { depositKey } from "./answer-keys.ts";
import { sendProblem } from "./problems.ts";
import { printReceipt } from "./receipt-printing.ts";
import type { RouteParts, TerminalServer } from "./terminal-parts.ts";

/** Registers the route. It answers 202 when the receipt waits for the printer: paper may lack, a deposit may not. */
export function receiptRoutes(app: TerminalServer, parts: RouteParts): void {
  const { outbox, printing } = parts;

  app.post(
    "/deposits/:id/receipt",
    { schema: { params: Type.Object({ id: EventId }) } },
    (request, reply) => {
      const deposit = outbox.answerOf(depositKey(request.params.id)) as ReceiptDeposit | undefined;
      if (deposit === undefined) {
        return sendProblem(reply, { code: "not_found", detail: "this terminal has no such deposit" });
      }
      if (!printing.hasPrinter) {
        return sendProblem(reply, { code: "no_printer", detail: "name one in the node's profile" });
      }
      const waiting = printReceipt(deposit, parts, false);
      return reply.code(202).send({ id: deposit.id, waiting });
    },
  );
}

/** Deposits. Each is in SQLite, fsynced, before the answer leaves. */
import type { CatalogueSupervisor } from "@jumpa-madu/contracts/catalogue";
import { EventId, NameId, newEventId } from "@jumpa-madu/contracts/ids";
import { DEPOSIT_LINES_MAX, type Deposit, Purpose } from "@jumpa-madu/contracts/records";
import { NetWeightG } from "@jumpa-madu/contracts/units";
import Type, { type Static } from "typebox";
import type { PriceList } from "../catalogue/price-list.ts";
import type { ReceiptDeposit } from "../printer/receipt.ts";
import { saleEstimateIdr } from "../printer/sale-estimate.ts";
import { depositKey } from "./answer-keys.ts";
import { type DepositRequest, type DraftMeans, draftDeposit } from "./deposit-draft.ts";
import { type Fault, sendProblem } from "./problems.ts";
import { receiptNo } from "./receipt-number.ts";
import { printReceipt } from "./receipt-printing.ts";
import { sendOutcome } from "./send-outcome.ts";
import type { RouteParts, TerminalServer } from "./terminal-parts.ts";
import { warningsOf } from "./verification.ts";
import { weightsUsedBy } from "./weighings.ts";

const strict = { additionalProperties: false } as const;

const TypedBody = Type.Object(
  { net_g: NetWeightG, reason: Type.String({ minLength: 3, maxLength: 200 }) },
  { ...strict, description: "a weight that no scale could give" },
);

/** A PIN that is tried may have any length, so that the answer does not tell the rule from the fault. */
const SupervisorBody = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 64, description: "identifier or name" }),
    pin: Type.String({ minLength: 1, maxLength: 64 }),
  },
  { ...strict, description: "who agrees to the typed weights" },
);

const DepositBody = Type.Object(
  {
    id: Type.Optional(EventId),
    member: Type.String({ minLength: 1, maxLength: 64, description: "identifier or number" }),
    purpose: Type.Optional(Purpose),
    lines: Type.Array(
      Type.Object(
        {
          material: NameId,
          weighing: Type.Optional(EventId),
          typed: Type.Optional(TypedBody),
          scale: Type.Optional(NameId),
        },
        strict,
      ),
      { minItems: 1, maxItems: DEPOSIT_LINES_MAX },
    ),
    supervisor: Type.Optional(SupervisorBody),
    print: Type.Optional(
      Type.Boolean({ description: "print the receipt, if there is a printer; default true" }),
    ),
  },
  strict,
);

/** Who is named to agree to the typed weights of a deposit; null when there are none. */
type Named = { ok: true; supervisor: CatalogueSupervisor | null } | { ok: false; fault: Fault };

function supervisorOf(
  { id, lines, supervisor }: Static<typeof DepositBody>,
  priceList: PriceList | null,
): Named {
  const refused = (fault: Fault): Named => ({ ok: false, fault });
  const both = lines.findIndex(({ typed, weighing }) => typed !== undefined && weighing !== undefined);
  if (both >= 0) {
    const message = "a line has either typed or weighing";
    return refused({ code: "invalid_request", faults: [{ path: `/lines/${both}`, message }] });
  }
  if (!lines.some(({ typed }) => typed !== undefined)) return { ok: true, supervisor: null };
  // A load that was weighed is used up. Nothing else than the id tells a typed weight that comes again from another one.
  if (id === undefined) {
    const message =
      "a deposit with a typed weight must have an id, a new UUIDv7, and the same when it is sent again";
    return refused({ code: "invalid_request", faults: [{ path: "/id", message }] });
  }
  if (supervisor === undefined) return refused({ code: "typed_needs_supervisor" });
  if (priceList === null) return refused({ code: "no_catalogue" });
  const known = priceList.supervisor(supervisor.id);
  if (known === null) return refused({ code: "unknown_supervisor", detail: supervisor.id });
  return { ok: true, supervisor: known };
}

/**
 * `POST /deposits`: 201 when stored, 200 with the same answer when the same `id` and body come again, 409 when the
 * body differs; with a typed weight `id` must be given. Without `purpose` it is saved.
 */
export function depositRoutes(app: TerminalServer, parts: RouteParts): void {
  const { node, outbox, scales, weighings, catalogue, supervisors, printing, nowMs } = parts;

  const meansWith = (supervisor: CatalogueSupervisor | null): DraftMeans => ({
    node,
    weighings,
    scales,
    priceList: catalogue.priceList(),
    configVersion: parts.configVersion(),
    expiryPolicy: parts.expiryPolicy(),
    supervisor: supervisor?.id ?? null,
    nowMs: nowMs(),
  });

  /** Why the supervisor does not agree; null when the PIN is right. It is tried only when all else is clear: each try counts. */
  const disagreement = async (
    asked: DepositRequest,
    supervisor: CatalogueSupervisor,
    pin: string,
  ): Promise<Fault | null> => {
    const rehearsal = draftDeposit(asked, meansWith(supervisor));
    return rehearsal.ok ? await supervisors.faultOf(supervisor, pin) : rehearsal.fault;
  };

  app.post("/deposits", { schema: { body: DepositBody } }, async (request, reply) => {
    const { supervisor, print = true, purpose = "save", ...body } = request.body;
    const asked = { ...body, purpose };
    const id = body.id ?? newEventId(nowMs());
    // The PIN is no part of what is remembered: a fast hash of six digits could be searched.
    const who = supervisor === undefined ? {} : { supervisor: { id: supervisor.id } };
    // To save is the same request whether it is said or not; it was never said before there were purposes.
    const why = purpose === "save" ? {} : { purpose };
    const one = { key: depositKey(id), request: { ...body, ...why, ...who, id } };
    const before = outbox.earlier(one);
    if (before !== null) return sendOutcome(reply, before);
    const named = supervisorOf(request.body, catalogue.priceList());
    if (!named.ok) return sendProblem(reply, named.fault);
    if (named.supervisor !== null) {
      const fault = await disagreement(asked, named.supervisor, supervisor?.pin ?? "");
      if (fault !== null) return sendProblem(reply, fault);
      // While the PIN was looked at, the same request may have come again and been recorded.
      const meanwhile = outbox.earlier(one);
      if (meanwhile !== null) return sendOutcome(reply, meanwhile);
    }
    const means = meansWith(named.supervisor);
    const draft = draftDeposit(asked, means);
    if (!draft.ok) return sendProblem(reply, draft.fault);
    const warnings = warningsOf(
      draft.deposit.lines.map(({ scale }) => scale),
      means,
    );
    const outcome = outbox.recordOnce({
      ...one,
      make: ({ receiptNumber }) => {
        const receipt_no = receiptNo({ node, epoch: outbox.epoch, number: receiptNumber() });
        const record: Deposit = { ...draft.deposit, id, receipt_no };
        return { record, answer: { ...answerTo(record), warnings }, used: weightsUsedBy(draft.claims) };
      },
    });
    if (outcome.kind === "recorded") {
      for (const claim of draft.claims) claim.use();
      if (print && printing.hasPrinter) printReceipt(outcome.answer as ReceiptDeposit, parts, true);
    }
    return sendOutcome(reply, outcome);
  });
}

/** What the receipt shows. */
function answerTo({ kind: _kind, ...deposit }: Deposit): ReceiptDeposit & { estimate_idr?: number } {
  const estimate = saleEstimateIdr(deposit);
  return estimate === null ? deposit : { ...deposit, estimate_idr: estimate };
}

/** Weighings and scale checks: what is done with the weight that a scale shows now. */
import { EventId, NameId, newEventId } from "@jumpa-madu/contracts/ids";
import type { ScaleCheck } from "@jumpa-madu/contracts/records";
import { EPOCH_MS_MIN, NetWeightG } from "@jumpa-madu/contracts/units";
import Type from "typebox";
import { sendProblem } from "./problems.ts";
import { findScale } from "./scale.ts";
import { sendOutcome } from "./send-outcome.ts";
import type { RouteParts, TerminalServer } from "./terminal-parts.ts";

const strict = { additionalProperties: false } as const;

const WeighingBody = Type.Object({ scale: Type.Optional(NameId) }, strict);

const ScaleCheckBody = Type.Object(
  { id: Type.Optional(EventId), scale: Type.Optional(NameId), reference_g: NetWeightG },
  strict,
);

/** `POST /weighings` holds the weight for a deposit. `POST /scale-checks` records it beside a known one. */
export function scaleRoutes(app: TerminalServer, { scales, weighings, outbox, nowMs }: RouteParts): void {
  app.post("/weighings", { schema: { body: WeighingBody } }, (request, reply) => {
    const found = findScale(scales(), request.body.scale);
    if (!found.ok) return sendProblem(reply, found.fault);
    const captured = weighings.capture(found.scale);
    return captured.ok ? reply.code(201).send(captured.weighing) : sendProblem(reply, captured.fault);
  });

  app.post("/scale-checks", { schema: { body: ScaleCheckBody } }, (request, reply) => {
    const id = request.body.id ?? newEventId(nowMs());
    const one = { key: `scale-check/${id}`, request: { ...request.body, id } };
    const earlier = outbox.earlier(one);
    if (earlier !== null) return sendOutcome(reply, earlier);
    if (nowMs() < EPOCH_MS_MIN) return sendProblem(reply, { code: "clock_unset" });
    const found = findScale(scales(), request.body.scale);
    if (!found.ok) return sendProblem(reply, found.fault);
    const capture = found.scale.captureStable();
    if (!capture.ok) return sendProblem(reply, { code: capture.reason });
    const record: ScaleCheck = {
      kind: "scale_check",
      id,
      t: nowMs(),
      scale: found.scale.name,
      reference_g: request.body.reference_g,
      shown_g: capture.weight.weightG,
    };
    const { kind: _kind, ...shown } = record;
    const answer = { ...shown, difference_g: record.shown_g - record.reference_g };
    return sendOutcome(reply, outbox.recordOnce({ ...one, make: () => ({ record, answer }) }));
  });
}

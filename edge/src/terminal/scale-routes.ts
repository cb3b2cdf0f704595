/** Weighings, scale checks and commands: what is done with a scale and the weight that it shows now. */
import { EventId, NameId, newEventId } from "@jumpa-madu/contracts/ids";
import type { ScaleCheck } from "@jumpa-madu/contracts/records";
import { EPOCH_MS_MIN, NetWeightG } from "@jumpa-madu/contracts/units";
import Type from "typebox";
import { unboundFault } from "./binding.ts";
import { sendProblem } from "./problems.ts";
import { findScale } from "./scale.ts";
import { sendOutcome } from "./send-outcome.ts";
import type { RouteParts, TerminalServer } from "./terminal-parts.ts";
import { blockFault, warningsOf } from "./verification.ts";

const strict = { additionalProperties: false } as const;

const WeighingBody = Type.Object({ scale: Type.Optional(NameId) }, strict);

const ScaleCheckBody = Type.Object(
  { id: Type.Optional(EventId), scale: Type.Optional(NameId), reference_g: NetWeightG },
  strict,
);

const NoBody = Type.Object({}, strict);

/** Commands by the last part of their path. */
const COMMANDS = { zero: "zero", tare: "tare", "clear-tare": "clear_tare" } as const;

/**
 * `POST /weighings` holds the weight for a deposit. `POST /scale-checks` records it beside a known one.
 *
 * `POST /scales/{scale}/zero`, `/tare`, `/clear-tare`: 202 when the command was sent. Nobody waits for the scale's answer: some
 * give none, and what a scale makes of it, such as no zero while a load lies there, shows in the live weight.
 */
export function scaleRoutes(app: TerminalServer, parts: RouteParts): void {
  const { node, scales, weighings, outbox, catalogue, configVersion, expiryPolicy, nowMs } = parts;

  const unbound = (scale: string) =>
    unboundFault(scale, { node, priceList: catalogue.priceList(), configVersion: configVersion() });

  app.post("/weighings", { schema: { body: WeighingBody } }, (request, reply) => {
    const found = findScale(scales(), request.body.scale);
    if (!found.ok) return sendProblem(reply, found.fault);
    const means = { priceList: catalogue.priceList(), nowMs: nowMs() };
    const { name } = found.scale;
    const blocked = unbound(name) ?? blockFault(name, expiryPolicy(), means);
    if (blocked !== null) return sendProblem(reply, blocked);
    const captured = weighings.capture(found.scale);
    if (!captured.ok) return sendProblem(reply, captured.fault);
    return reply.code(201).send({ ...captured.weighing, warnings: warningsOf([name], means) });
  });

  for (const [path, command] of Object.entries(COMMANDS)) {
    app.post(
      `/scales/:scale/${path}`,
      { schema: { params: Type.Object({ scale: NameId }), body: NoBody } },
      (request, reply) => {
        const found = findScale(scales(), request.params.scale);
        if (!found.ok) return sendProblem(reply, found.fault);
        const refusal = found.scale.order(command);
        if (refusal !== null) return sendProblem(reply, { code: refusal });
        return reply.code(202).send({ scale: found.scale.name, command });
      },
    );
  }

  app.post("/scale-checks", { schema: { body: ScaleCheckBody } }, (request, reply) => {
    const id = request.body.id ?? newEventId(nowMs());
    const one = { key: `scale-check/${id}`, request: { ...request.body, id } };
    const earlier = outbox.earlier(one);
    if (earlier !== null) return sendOutcome(reply, earlier);
    if (nowMs() < EPOCH_MS_MIN) return sendProblem(reply, { code: "clock_unset" });
    const found = findScale(scales(), request.body.scale);
    if (!found.ok) return sendProblem(reply, found.fault);
    const fault = unbound(found.scale.name);
    if (fault !== null) return sendProblem(reply, fault);
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

/** `GET /weight`: the live weight, one `weight` event for each change. */
import { NameId } from "@jumpa-madu/contracts/ids";
import Type from "typebox";
import { eventStreams } from "./event-stream.ts";
import { sendProblem } from "./problems.ts";
import { findScale, viewOf } from "./scale.ts";
import type { RouteParts, TerminalServer } from "./terminal-parts.ts";
import { warningsOf } from "./verification.ts";

const WeightQuery = Type.Object({ scale: Type.Optional(NameId) }, { additionalProperties: false });

/** Registers the stream. Without `?scale=` it tells of all scales. */
export function weightStreamRoute(
  app: TerminalServer,
  { scales, limits, catalogue, nowMs }: RouteParts,
): void {
  const open = eventStreams(app, limits);

  app.get("/weight", { schema: { querystring: WeightQuery } }, (request, reply) => {
    const name = request.query.scale;
    if (name !== undefined) {
      const found = findScale(scales(), name);
      if (!found.ok) return sendProblem(reply, found.fault);
    }
    const told = new Map<string, string>();
    const means = () => ({ priceList: catalogue.priceList(), nowMs: nowMs() });
    return open(reply, () =>
      scales()
        .filter((scale) => name === undefined || scale.name === name)
        .flatMap((scale) => {
          const data = { ...viewOf(scale), warnings: warningsOf([scale.name], means()) };
          const view = JSON.stringify(data);
          if (told.get(scale.name) === view) return [];
          told.set(scale.name, view);
          return [{ name: "weight", data }];
        }),
    );
  });
}

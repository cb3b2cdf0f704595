/** Parts that the routes share. */
import { SERIES_MAX } from "@jumpa-madu/contracts/http/telemetry";
import { EventId, NameId } from "@jumpa-madu/contracts/ids";
import Type from "typebox";
import { ProblemError } from "../problem-error.ts";

/** Path of one place or device. */
export const NamePath = Type.Object({ id: NameId });

/** Path of one person or event. */
export const EventPath = Type.Object({ id: EventId });

/** Names in a query, each once; null when none is asked for. Throws ProblemError above SERIES_MAX names. */
export function namesOf(given: string | string[] | undefined): string[] | null {
  if (given === undefined) return null;
  const names = [...new Set([given].flat().flatMap((text) => text.split(",")))];
  if (names.length <= SERIES_MAX) return names;
  throw new ProblemError("answer_too_long", `ask for at most ${SERIES_MAX} names at once`);
}

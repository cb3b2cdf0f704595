/** Telemetry: how readings went over time. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { TelemetryAnswer, TelemetryItem, TelemetryQuery } from "@jumpa-madu/contracts/http/telemetry";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import type { Db } from "@jumpa-madu/store/relational-store";
import { wasteBanksOfScales } from "@jumpa-madu/store/scales";
import {
  NUMERIC_FIELDS,
  type TelemetryQuery as Question,
  type TelemetryStore,
} from "@jumpa-madu/store/telemetry-store";
import type { User } from "@jumpa-madu/store/users";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { csvColumnsOf, csvHeader, csvLine } from "../lists/csv.ts";
import { sendCsv, wantsCsv } from "../lists/send-list.ts";
import { parseMoment, parseWidth, toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { namesOf } from "./route-parts.ts";

/** Time that is asked about when the query does not say, in milliseconds: a day. */
const SPAN_MS_DEFAULT = 86_400_000;

/** By what each measurement can be narrowed. Only a bin's readings are told apart by zone. */
const FILTERS = {
  bin_level: ["bin", "node", "zone"],
  bin_event: ["bin", "node", "zone"],
  scale_weight: ["scale", "node"],
  edge_health: ["node"],
} as const satisfies Record<Question["measurement"], readonly (keyof TelemetryQuery)[]>;

const columns = csvColumnsOf(TelemetryItem);

export const telemetryRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, telemetry, nowMs }) => {
  app.get(
    "/v1/telemetry",
    {
      schema: {
        tags: ["telemetry"],
        summary: "One field of one measurement over time",
        description:
          "Windows are aligned to 1970. Without `from` and `to`: the last day. Without `every`: raw readings. Rejected levels are left out.",
        querystring: TelemetryQuery,
        response: { 200: TelemetryAnswer, ...PROBLEMS },
      },
      config: { permission: "telemetry.read" },
    },
    async (request, reply) => {
      const question = questionOf(request.query, nowMs());
      await requireScope(store.db, callerOf(request), question);
      const rows = await answerOf(telemetry, question);
      const items = rows.map(({ series, t, value }) => ({ series, t: toIso(t), value }));
      if (
        wantsCsv({ ...(request.query.format && { format: request.query.format }) }, request.headers.accept)
      ) {
        await sendCsv(reply, csvHeader(columns) + items.map((item) => csvLine(columns, item)).join(""));
        return;
      }
      const { measurement, field, fn } = question;
      await reply.send({ measurement, field, every: request.query.every ?? null, fn, items, next: null });
    },
  );
};

function questionOf(query: TelemetryQuery, nowMs: number): Question {
  const { measurement, fn = "mean", zone } = query;
  const fields: readonly string[] = NUMERIC_FIELDS[measurement];
  const field = query.field ?? fields[0] ?? "";
  if (!fields.includes(field)) {
    throw invalid("/querystring/field", `${measurement} has no such field; it has ${fields.join(", ")}`);
  }
  if (query.fn !== undefined && query.every === undefined) {
    throw invalid("/querystring/fn", "fn needs every: it is taken over a window");
  }
  refuseForeignFilter(query);
  const toMs = parseMoment(query.to, "/querystring/to") ?? nowMs;
  const fromMs = parseMoment(query.from, "/querystring/from") ?? toMs - SPAN_MS_DEFAULT;
  if (fromMs >= toMs) throw invalid("/querystring/from", "must be before to");
  if (fromMs < EPOCH_MS_MIN || toMs > EPOCH_MS_MAX) {
    throw invalid("/querystring", "from and to must lie between 2020 and 2100");
  }
  const where: Question["where"] = zone === undefined ? {} : { zone };
  for (const tag of ["bin", "scale", "node"] as const) {
    const names = namesOf(query[tag]);
    if (names !== null) where[tag] = names;
  }
  return { measurement, field, where, fromMs, toMs, everyMs: parseWidth(query.every), fn };
}

/** Throws when a filter is one that no reading of the measurement could pass. */
function refuseForeignFilter(query: TelemetryQuery): void {
  const known: readonly string[] = FILTERS[query.measurement];
  for (const tag of ["bin", "scale", "node", "zone"] as const) {
    if (query[tag] === undefined || known.includes(tag)) continue;
    const words = `${query.measurement} cannot be narrowed by ${tag}; it has ${known.join(", ")}`;
    throw invalid(`/querystring/${tag}`, words);
  }
}

/** Collectors see bins; operators see bins and the scales of their own waste bank. */
async function requireScope(db: Db, caller: User, { measurement, where }: Question): Promise<void> {
  if (caller.role === "admin" || caller.role === "staff") return;
  if (measurement === "bin_level" || measurement === "bin_event") return;
  if (caller.role !== "operator" || measurement !== "scale_weight") {
    throw new ProblemError("forbidden", `the role ${caller.role} may not see ${measurement}`);
  }
  const scales = where.scale ?? [];
  if (scales.length === 0)
    throw new ProblemError("forbidden", "an operator must name scales of the own waste bank");
  const owners = await wasteBanksOfScales(db, scales);
  for (const scale of scales) wasteBankInScope(caller, owners.get(scale) ?? "");
}

async function answerOf(telemetry: TelemetryStore, question: Question) {
  try {
    return await telemetry.query(question);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ProblemError("answer_too_long", cause.message, { cause });
  }
}

function invalid(path: string, message: string): ProblemError {
  return new ProblemError("invalid", message, { faults: [{ path, message }] });
}

/**
 * Orders to a running fleet: one JSON object a line, one JSON line back.
 *
 *     {"device":"s1","fault":"silence","on":true}    {"device":"s1","clear":true}
 *     {"device":"s1","unplug":true}                  {"device":"s1","replug":true}
 *     {"device":"scale-1","place_g":1250}            {"device":"scale-1","remove":true}
 *     {"device":"scale-1","zero":true}               {"device":"scale-1","tare":true}
 *     {"device":"scale-1","clear_tare":true}
 *     {"device":"b1","empty":true}                   {"device":"b1","fill":0.9}
 *
 * The answer is `{"ok":true,"device":"s1"}`, or `{"ok":false,"error":"..."}` with nothing done.
 */
import { NameId } from "@jumpa-madu/contracts/ids";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import Type, { type Static } from "typebox";
import { type Bin, FILL_MAX } from "./bin.ts";
import { FAULTS } from "./faults.ts";
import type { FleetDevice } from "./fleet.ts";
import type { WeighCell } from "./weigh-cell.ts";

const Order = Type.Object(
  {
    device: NameId,
    fault: Type.Optional(Type.Enum(FAULTS)),
    on: Type.Optional(Type.Boolean({ description: "with fault, default true" })),
    clear: Type.Optional(Type.Literal(true)),
    unplug: Type.Optional(Type.Literal(true)),
    replug: Type.Optional(Type.Literal(true)),
    place_g: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100_000_000 })),
    remove: Type.Optional(Type.Literal(true)),
    zero: Type.Optional(Type.Literal(true)),
    tare: Type.Optional(Type.Literal(true)),
    clear_tare: Type.Optional(Type.Literal(true)),
    empty: Type.Optional(Type.Literal(true)),
    fill: Type.Optional(Type.Number({ minimum: 0, maximum: FILL_MAX })),
  },
  { additionalProperties: false },
);
type Order = Static<typeof Order>;

/** Answer to an order. */
export type OrderAnswer = { ok: true; device: string } | { ok: false; error: string };

const orders = checkerOf(Order);

/** Carries out one line; never throws for what the line says. */
export function obeyOrder(text: string, fleet: ReadonlyMap<string, FleetDevice>): OrderAnswer {
  const checked = orders.check(parseJson(text));
  if (!checked.ok) return { ok: false, error: checked.faults.join("; ") };
  const order = checked.value;
  const device = fleet.get(order.device);
  if (!device) return { ok: false, error: `no device ${order.device}` };
  const actions = Object.keys(order).filter((key) => key !== "device" && key !== "on");
  if (actions.length !== 1) return { ok: false, error: "exactly one action must be given" };
  const error = obey(order, device);
  return error === undefined ? { ok: true, device: order.device } : { ok: false, error };
}

/** Returns why nothing was done, if so. */
function obey(order: Order, device: FleetDevice): string | undefined {
  if (order.fault !== undefined) device.setFault(order.fault, order.on ?? true);
  else if (order.clear) device.clearFaults();
  else if (order.unplug) device.unplug();
  else if (order.replug) device.replug();
  else if ("bin" in device.model) return obeyBin(order, device.model.bin);
  else return obeyScale(order, device.model.cell);
  return undefined;
}

function obeyBin(order: Order, bin: Bin): string | undefined {
  if (order.empty) bin.empty();
  else if (order.fill !== undefined) bin.setFill(order.fill);
  else return "a bin sensor has no pan";
  return undefined;
}

/** Puts things on the pan, takes them off, or presses a key of the scale. */
function obeyScale(order: Order, cell: WeighCell): string | undefined {
  if (order.place_g !== undefined) cell.pan.place(order.place_g);
  else if (order.remove) cell.pan.remove();
  else if (order.zero) return refusalOf("zero", cell.zero());
  else if (order.tare) return refusalOf("tare", cell.tare());
  else if (order.clear_tare) cell.clearTare();
  else return "a scale has no bin";
  return undefined;
}

function refusalOf(key: string, outcome: "done" | "over" | "under"): string | undefined {
  return outcome === "done" ? undefined : `the load is ${outcome} the range of the ${key} key`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No schema takes undefined, so that the line is refused as what it is.
    return undefined;
  }
}

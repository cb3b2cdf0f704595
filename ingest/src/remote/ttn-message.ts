/**
 * Webhook messages of The Things Stack v3, as JSON.
 *
 * https://www.thethingsindustries.com/docs/integrations/data-formats/: each message has one member that tells its kind,
 * and members that are "", 0 or false are left out.
 */
import { checkerOf } from "@jumpa-madu/contracts/validate";
import Type from "typebox";
import { type LorawanMessage, lorawanMessage, schemaFault } from "./lorawan-message.ts";

/** Members that tell of something that is no uplink. `uplink_normalized` repeats an uplink in other words. */
const EVENTS = [
  "join_accept",
  "downlink_ack",
  "downlink_nack",
  "downlink_sent",
  "downlink_failed",
  "downlink_queued",
  "downlink_queue_invalidated",
  "location_solved",
  "service_data",
  "uplink_normalized",
];

/** What is read of a message with `uplink_message`; it has much more. */
const Uplink = Type.Object({
  end_device_ids: Type.Object({
    dev_eui: Type.Optional(Type.String()),
    dev_addr: Type.Optional(Type.String()),
  }),
  received_at: Type.Optional(Type.String()),
  simulated: Type.Optional(Type.Boolean()),
  uplink_message: Type.Object({
    session_key_id: Type.Optional(Type.String()),
    f_port: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    f_cnt: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff_ffff })),
    frm_payload: Type.Optional(Type.String()),
    received_at: Type.Optional(Type.String()),
  }),
});

const uplinkChecker = checkerOf(Uplink);

/** Reads a message. Never throws. */
export function parseTtnMessage(value: unknown): LorawanMessage {
  if (typeof value !== "object" || value === null) return schemaFault("/ must be an object");
  if (!("uplink_message" in value)) {
    const event = EVENTS.find((name) => name in value);
    if (event !== undefined) return { kind: "event", event };
    return schemaFault(
      "/ has no uplink_message and nothing else of The Things Stack v3; set the webhook's format to JSON",
    );
  }
  const checked = uplinkChecker.check(value);
  if (!checked.ok) return schemaFault(checked.faults.join("; "));
  const { end_device_ids: ids, received_at: at, simulated, uplink_message: uplink } = checked.value;
  // Typed in by a person at the console: no sensor has measured it.
  if (simulated === true) return { kind: "event", event: "simulated" };
  return lorawanMessage(
    {
      devEui: ids.dev_eui,
      port: uplink.f_port,
      counter: uplink.f_cnt,
      payload: uplink.frm_payload,
      at: uplink.received_at ?? at,
      // Counters begin anew with each session.
      mark: uplink.session_key_id,
    },
    { devEui: "/end_device_ids/dev_eui", at: "/received_at", payload: "/uplink_message/frm_payload" },
  );
}

/**
 * Messages of ChirpStack v4's HTTP integration, as JSON; the kind stands in the query, `?event=up`.
 *
 * https://www.chirpstack.io/docs/chirpstack/integrations/events.html. Members that are "", 0 or false may be left out, as
 * in any JSON that is made of protobuf.
 */
import { checkerOf } from "@jumpa-madu/contracts/validate";
import Type from "typebox";
import { type LorawanMessage, lorawanMessage, schemaFault } from "./lorawan-message.ts";

/** Kinds that are no uplink. */
const EVENTS = ["join", "ack", "txack", "log", "status", "location", "integration"];

/** What is read of an uplink; it has much more. */
const Uplink = Type.Object({
  deduplicationId: Type.Optional(Type.String()),
  time: Type.Optional(Type.String()),
  deviceInfo: Type.Object({ devEui: Type.Optional(Type.String()) }),
  fCnt: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff_ffff })),
  fPort: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
  data: Type.Optional(Type.String()),
});

const uplinkChecker = checkerOf(Uplink);

/** Reads a message of this kind. Never throws. */
export function parseChirpstackMessage(event: string | undefined, value: unknown): LorawanMessage {
  if (event === undefined)
    return schemaFault(
      "the URL has no ?event=, which ChirpStack v4 adds itself; post from its HTTP integration",
    );
  if (event !== "up") {
    return EVENTS.includes(event)
      ? { kind: "event", event }
      : schemaFault("?event= is none of ChirpStack v4's events");
  }
  const checked = uplinkChecker.check(value);
  if (!checked.ok) return schemaFault(`${checked.faults.join("; ")}; set the integration's encoding to JSON`);
  const { deduplicationId, time, deviceInfo, fCnt, fPort, data } = checked.value;
  return lorawanMessage(
    { devEui: deviceInfo.devEui, port: fPort, counter: fCnt, payload: data, at: time, mark: deduplicationId },
    { devEui: "/deviceInfo/devEui", at: "/time", payload: "/data" },
  );
}

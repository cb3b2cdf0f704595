/**
 * Takes messages from MQTT.js without the PUBACK, and sends it later, when what they held is durable.
 *
 * MQTT.js handles one message at a time and sends PUBACK when `handleMessage` calls back without an error; held back
 * there it would stall everything, PINGRESP included. Called back with an error it sends none and goes on. The PUBACK
 * is then sent by the private `_sendPacket`, which is why the version is pinned to 5.16.
 *
 * A PUBACK that comes too late, after a reconnect, would be queued by MQTT.js and could acknowledge another message that
 * carries the same packet id in the new connection. Every message remembers its connection, and a late PUBACK is not sent.
 */
import type { IPublishPacket, MqttClient } from "mqtt";
import { IngestError } from "../ingest-error.ts";

/** Version of MQTT.js whose private parts are used here. */
export const MQTT_VERSION_PINNED = "5.16";

/** A message that the broker keeps until `puback` is called. */
export interface Delivery {
  topic: string;
  payload: Buffer;
  /** Sends PUBACK when the connection that brought the message still stands; else does nothing. Call it once. */
  puback: () => void;
}

/** Says that no PUBACK is to be sent now. MQTT.js takes it as a flag and shows it to nobody. */
const DEFERRED = new Error("PUBACK is deferred");

/**
 * Hands every message of QoS 1 to `onDelivery`. Call it in the same tick as `mqtt.connect`: messages that come before
 * would be acknowledged by MQTT.js and lost.
 *
 * Throws IngestError `mqtt_client_changed` when MQTT.js has no `_sendPacket`.
 */
export function deferPubacks(client: MqttClient, onDelivery: (delivery: Delivery) => void): void {
  // biome-ignore lint/complexity/useLiteralKeys: only this notation reaches a private member.
  if (typeof client["_sendPacket"] !== "function") {
    throw new IngestError(
      "mqtt_client_changed",
      `MQTT.js must be ${MQTT_VERSION_PINNED}: it has no _sendPacket`,
    );
  }
  let connection = 0;
  // CONNECT is the first packet of a connection; what an older one left in the parser is thrown away before it.
  client.on("packetsend", ({ cmd }) => {
    if (cmd === "connect") connection++;
  });
  client.handleMessage = (packet: IPublishPacket, callback) => {
    const { messageId, topic, payload } = packet;
    const arrivedOn = connection;
    const puback = () => {
      if (packet.qos !== 1 || messageId === undefined || arrivedOn !== connection || !client.connected)
        return;
      // biome-ignore lint/complexity/useLiteralKeys: only this notation reaches a private member.
      client["_sendPacket"]({ cmd: "puback", messageId, reasonCode: 0 });
    };
    onDelivery({ topic, payload: typeof payload === "string" ? Buffer.from(payload) : payload, puback });
    callback(packet.qos === 1 ? DEFERRED : undefined);
  };
}

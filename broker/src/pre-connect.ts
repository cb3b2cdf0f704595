/** Aedes's preConnect hook: judges what a CONNECT packet says, before its credentials. */
import type { AedesOptions, Client } from "aedes";
import type { PublishRequest } from "./authorisation.ts";
import { connectRefusal } from "./connect-check.ts";
import { addressOf } from "./gated-connection.ts";
import type { NoteRefusal } from "./refusals.ts";

/** Wills of connections whose credentials are still being checked. */
export type PendingWills = WeakMap<Client, PublishRequest>;

/** Builds the hook. It keeps each will for the authentication hook, which can tell whether it is allowed. */
export function createPreConnect(parts: {
  wills: PendingWills;
  keepaliveSMax: number;
  noteRefusal: NoteRefusal;
}): NonNullable<AedesOptions["preConnect"]> {
  return (client, packet, callback) => {
    const refusal = connectRefusal(packet, parts.keepaliveSMax);
    if (refusal !== null) {
      const { reason, returnCode } = refusal;
      parts.noteRefusal(reason, { address: addressOf(client.conn), clientId: packet.clientId.slice(0, 64) });
      // Aedes sends no CONNACK from here, and without an error it would leave the socket open for ever.
      client.conn.write(Buffer.of(0x20, 2, 0, returnCode), () => callback(new Error(reason), false));
      return;
    }
    // No session outlives its connection: what would be queued for an absent client has no bound, and nothing needs
    // it, since nodes send again whatever was not acknowledged. The CONNACK says "no session present" accordingly.
    packet.clean = true;
    if (packet.will !== undefined) {
      const { topic, payload, qos = 0, retain = false } = packet.will;
      parts.wills.set(client, { topic, qos, retain, payloadBytes: Buffer.byteLength(payload) });
    }
    callback(null, true);
  };
}

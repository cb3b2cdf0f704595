/** What a CONNECT packet must say before anyone looks at its credentials. Pure. */
import { isName } from "@jumpa-madu/contracts/ids";

/** The parts of a CONNECT packet that are judged here. */
export interface ConnectRequest {
  clientId: string;
  keepalive?: number | undefined;
  protocolVersion?: number | undefined;
}

export type ConnectRefusal = {
  reason: "protocol_version" | "client_id" | "keepalive";
  returnCode: 1 | 2 | 5;
};

const MQTT_3_1_1 = 4;

/**
 * Why a CONNECT is refused, with the code of its CONNACK; null when it may go on.
 *
 * An empty client id is refused with a clean session as well: the id is who the client is. No keep-alive is refused,
 * since the loss of a silent peer would never be noticed; MQTT 3.1.1 has no code for it, 5 comes closest.
 */
export function connectRefusal(request: ConnectRequest, keepaliveSMax: number): ConnectRefusal | null {
  // [MQTT-3.1.2-2]
  if (request.protocolVersion !== MQTT_3_1_1) return { reason: "protocol_version", returnCode: 1 };
  // [MQTT-3.1.3-8], [MQTT-3.1.3-9]
  if (!isName(request.clientId)) return { reason: "client_id", returnCode: 2 };
  const keepaliveS = request.keepalive ?? 0;
  if (keepaliveS === 0 || keepaliveS > keepaliveSMax) return { reason: "keepalive", returnCode: 5 };
  return null;
}

/** An uplink of a remote sensor, whatever way it came, and what becomes of it. */
import type { UplinkObservation } from "@jumpa-madu/sensing/uplink-level";
import type { QuarantineCode } from "@jumpa-madu/store/quarantine";
import type { RemoteKey } from "@jumpa-madu/store/remote-sensors";

/** Why something is not accepted, for a program and for a person. */
export interface UplinkFault {
  code: QuarantineCode;
  reason: string;
}

/** What a sensor's model makes of an uplink. `observation` is null when the uplink says nothing of the bin. */
export type UplinkRead =
  | { ok: true; observation: Omit<UplinkObservation, "t"> | null }
  | { ok: false; fault: UplinkFault };

/** An uplink that names its sensor and its time. */
export interface RemoteUplink {
  sensor: RemoteKey;
  /** Waste bank that its node stands at; "" when none. */
  site: string;
  /** Where it came from, for quarantine: the webhook's path or the topic. */
  from: string;
  /** When it was received by the network server, or measured; in milliseconds since 1970. */
  atMs: number;
  receivedMs: number;
  /** Names it among all uplinks of its sensor: the same for a repeat. */
  mark: string;
  /** Frame counter; 0 when it has none. */
  seq: number;
  /** As it came. */
  body: string;
  /** Reads it as the model that is bound says. */
  read: (model: string) => UplinkRead;
}

/** What became of an uplink, or of a message that is none. */
export type UplinkOutcome =
  /** Its readings are durable. None when it says nothing of the bin. */
  | { kind: "stored"; readings: number }
  /** It came before, and was taken then. */
  | { kind: "duplicate" }
  /** It is in quarantine, or was only counted because that is full. */
  | { kind: "quarantined"; code: QuarantineCode; reason: string }
  /** Nothing is known to be durable; it is to come again. */
  | { kind: "unavailable"; reason: string };

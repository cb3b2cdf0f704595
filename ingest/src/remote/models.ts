/** Models of remote sensors: how each one's payload becomes an observation, and how far it measures. */
import type { LorawanModel } from "@jumpa-madu/contracts/http/remote";
import { DISTANCE_MM_MAX, TEMP_C_MAX, TEMP_C_MIN } from "@jumpa-madu/contracts/units";
import { decodeDraginoLdds45, LDDS45_PORT } from "@jumpa-madu/sensing/lorawan/dragino-ldds45";
import { decodeMilesightEm400 } from "@jumpa-madu/sensing/lorawan/milesight-em400";
import type { Reach } from "@jumpa-madu/sensing/reach";
import type { UplinkObservation } from "@jumpa-madu/sensing/uplink-level";
import type { UplinkRead } from "./uplink.ts";

/** A payload as a LoRaWAN device sent it. */
export interface LorawanPayload {
  port: number;
  bytes: Uint8Array;
}

interface Model {
  /** What it measures by its data sheet; a binding may say it closer. */
  reach: Reach;
  read: (payload: LorawanPayload) => UplinkRead;
}

/**
 * LDDS45: its manual. EM400: the widest of the family, whose variants differ by their measuring head; bind one with the
 * reach of its own data sheet.
 */
const LORAWAN: Record<LorawanModel, Model> = {
  "dragino-ldds45": { reach: { minMm: 30, maxMm: 4_500 }, read: readLdds45 },
  "milesight-em400": { reach: { minMm: 30, maxMm: 10_000 }, read: readEm400 },
};

/**
 * Least temperature at which an EM400's alarm passes for fire, in degrees Celsius. By its user guide it tells of any change
 * of more than 5 °C, which the sun makes as well.
 */
const FIRE_ALARM_TEMP_C_MIN = 50;

/** Reach of a sensor of which only the units are known. */
const REACH_UNKNOWN: Reach = { minMm: 0, maxMm: DISTANCE_MM_MAX };

/** What a sensor of this model measures, unless its binding says otherwise. */
export function reachOfModel(model: string): Reach {
  return isLorawan(model) ? LORAWAN[model].reach : REACH_UNKNOWN;
}

/** Reads a payload as this model sends it. */
export function readPayload(model: string, payload: LorawanPayload): UplinkRead {
  if (isLorawan(model)) return LORAWAN[model].read(payload);
  const known = Object.keys(LORAWAN).join(", ");
  const reason = `model ${model} is not known to this program, which reads ${known}; bind the sensor again with one of them`;
  return { ok: false, fault: { code: "unknown_model", reason } };
}

/**
 * The observation as the judgement takes it. A distance or a temperature beyond what a reading may hold is none: the
 * sensor says by it that it could not measure.
 */
export function observationOf(
  values: Omit<UplinkObservation, "t" | "distanceMm"> & { distanceMm: number | null },
): Omit<UplinkObservation, "t"> {
  const { distanceMm, tempC, ...rest } = values;
  const isDistance = distanceMm !== null && distanceMm >= 0 && distanceMm <= DISTANCE_MM_MAX;
  const isTemp = tempC !== undefined && tempC >= TEMP_C_MIN && tempC <= TEMP_C_MAX;
  return { ...rest, distanceMm: isDistance ? distanceMm : null, ...(isTemp ? { tempC } : {}) };
}

function isLorawan(model: string): model is LorawanModel {
  return Object.hasOwn(LORAWAN, model);
}

function readEm400({ bytes }: LorawanPayload): UplinkRead {
  const decoded = decodeMilesightEm400(bytes);
  if (!decoded.ok) return undecodable(decoded.fault);
  const of = decoded.reading;
  // What it sends when it joins, and answers to commands, say nothing of the bin.
  if (Object.keys(of).every((key) => key === "device")) return { ok: true, observation: null };
  const { lat, lon } = of;
  return {
    ok: true,
    observation: observationOf({
      distanceMm: of.distance_mm ?? null,
      tempC: of.temp_c,
      tilted: of.tilt,
      battery: of.battery_pct === undefined ? undefined : of.battery_pct / 100,
      position: lat === undefined || lon === undefined ? undefined : { lat, lon },
      fireAlarm: of.temp_alarm === true && (of.temp_c ?? 0) >= FIRE_ALARM_TEMP_C_MIN ? true : undefined,
      movedAlarm: of.taken_off ?? of.outside_fence,
    }),
  };
}

function readLdds45({ port, bytes }: LorawanPayload): UplinkRead {
  if (port !== LDDS45_PORT)
    return undecodable(`port ${port} of a dragino-ldds45 holds no reading; port ${LDDS45_PORT} does`);
  const decoded = decodeDraginoLdds45(bytes);
  if (!decoded.ok) return undecodable(decoded.fault);
  const { distance_mm, no_sensor, temp_c: tempC } = decoded.reading;
  const distanceMm = no_sensor ? null : distance_mm;
  // A voltage is no share: how it falls with the charge differs by the cell.
  return { ok: true, observation: observationOf({ distanceMm, tempC }) };
}

function undecodable(fault: string): UplinkRead {
  const reason = `the payload is not one of its model: ${fault}; check the model that the sensor is bound with`;
  return { ok: false, fault: { code: "undecodable", reason } };
}

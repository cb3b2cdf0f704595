/**
 * The demo's LoRaWAN bins: a network server that posts what three Milesight EM400-UDL measure to a webhook of ingest, in the
 * way of The Things Stack.
 *
 * The payload is encoded from the sensor's user guide alone, so that one misreading cannot pass on both sides:
 * `01 75` battery in %, `03 67` temperature in tenths of °C, `04 82` distance in mm, `05 00` position; lowest byte first.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ApiClient } from "./api-client.ts";
import { FULL_MM, type SampleBin, sampleBins } from "./sample-data.ts";

/** Pause between two uplinks of one sensor, in milliseconds; a real one sleeps for minutes. */
const UPLINK_EVERY_MS = 5_000;

/** How long ingest may take to answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Share by which a bin fills between two uplinks. */
const FILL_EACH = 0.01;

const WEBHOOK = "kantor";

/** Bins with a LoRaWAN sensor: none of those that a street node measures. */
const BINS = sampleBins().filter((_, index) => index % 20 === 7);

/** Adds the webhook and binds the sensors; those of an earlier run on the same stores stay. Answers the webhook's secret. */
export async function createLorawanBins(api: ApiClient): Promise<string> {
  await api.ensure("/v1/webhooks", { id: WEBHOOK, server: "ttn" });
  for (const [index, { id, emptyMm }] of BINS.entries()) {
    await api.ensure("/v1/remote-sensors", {
      source: "lorawan",
      dev_eui: devEuiOf(index),
      model: "milesight-em400",
      bin: id,
      settings: {
        calibration: { empty_mm: emptyMm, full_mm: FULL_MM },
        reach: { min_mm: 30, max_mm: 4_500 },
      },
    });
  }
  // A secret is shown once, so that one of an earlier run is lost.
  const { secret } = await api.request<{ secret: string }>("POST", `/v1/webhooks/${WEBHOOK}/secret`, {});
  return secret;
}

/** Posts uplinks until the signal aborts. `say` is told of each that is not taken. */
export async function sendUplinks(
  webhook: { ingestUrl: string; secret: string },
  { signal, say }: { signal: AbortSignal; say: (text: string) => void },
): Promise<void> {
  // Counters begin anew with each session.
  const session = randomBytes(16).toString("base64");
  for (let counter = 0; !signal.aborted; counter++) {
    await Promise.all(
      BINS.map(async (bin, index) => {
        const refusal = await post(webhook, uplinkOf(bin, { index, counter, session }), signal);
        if (refusal !== null && !signal.aborted) say(`no uplink of ${bin.id}: ${refusal}`);
      }),
    );
    await pause(UPLINK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Posts one uplink; answers why it was not taken, null when it was. */
async function post(
  { ingestUrl, secret }: { ingestUrl: string; secret: string },
  uplink: object,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const response = await fetch(new URL(`/webhooks/ttn/${WEBHOOK}`, ingestUrl), {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify(uplink),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    const text = await response.text();
    return response.ok && !text.includes("quarantined") ? null : `${response.status} ${text}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function uplinkOf(
  { id, emptyMm }: SampleBin,
  { index, counter, session }: { index: number; counter: number; session: string },
): object {
  // It fills, is emptied when full, and fills again; each bin begins somewhere else.
  const fill = (0.4 + 0.25 * index + counter * FILL_EACH) % 1;
  const now = new Date().toISOString();
  return {
    end_device_ids: { device_id: id, dev_eui: devEuiOf(index).toUpperCase() },
    received_at: now,
    uplink_message: {
      session_key_id: session,
      f_port: 85,
      f_cnt: counter,
      frm_payload: encodeEm400(Math.round(emptyMm - fill * (emptyMm - FULL_MM))).toString("base64"),
      received_at: now,
    },
  };
}

/** A full report of an upright EM400-UDL at 31.4 °C with 96 % of its battery left. */
function encodeEm400(distanceMm: number): Buffer {
  const payload = Buffer.from("0175600367000004820000050000", "hex");
  payload.writeInt16LE(314, 5);
  payload.writeUInt16LE(distanceMm, 9);
  return payload;
}

/** DevEUI from Milesight's block. */
function devEuiOf(index: number): string {
  return `24e124713d0000${String(index + 1).padStart(2, "0")}`;
}

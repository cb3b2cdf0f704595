/**
 * Bins without a node of ours, with every process and both servers real: a LoRaWAN sensor by a network server's webhook,
 * and a simple device that publishes SenML.
 *
 *   uplink -> webhook -> ingest -> InfluxDB and PostgreSQL -> API        pack -> broker -> ingest -> the same
 */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { expectProblem } from "../bad-input/expectations.ts";
import { connectOnce } from "../bad-input/raw-node.ts";
import { httpClient } from "../system/http-client.ts";
import type { System } from "../system/system.ts";
import { addBin, createTown } from "../system/town.ts";
import { until } from "../system/until.ts";
import { useSystem } from "../system/use-system.ts";

const DEV_EUI = "a84041000181c061";
const HOOK = "/webhooks/ttn/kantor";

/** Sensor to bottom, and to waste that counts as full. */
const SETTINGS = { calibration: { empty_mm: 2_000, full_mm: 500 } };

interface Stage {
  secret: string;
  device: { id: string; secret: string };
}

/** One bin for each way, bound through the API. */
async function setStage(system: System): Promise<Stage> {
  const { admin } = system;
  await createTown(admin, { wasteBanks: ["bank-1"], membersEach: 0 });
  for (const id of ["bin-lorawan", "bin-senml", "bin-kill"]) await addBin(admin, id);
  const { secret } = await admin.make("/v1/webhooks", { id: "kantor", server: "ttn" });
  const lorawan = { source: "lorawan", model: "dragino-ldds45", settings: SETTINGS };
  await admin.make("/v1/remote-sensors", { ...lorawan, dev_eui: DEV_EUI, bin: "bin-lorawan" });
  await admin.make("/v1/remote-sensors", { ...lorawan, dev_eui: "a8404100018100ff", bin: "bin-kill" });
  const device = { id: "alat-1", secret: await system.registerNode({ id: "alat-1", ports: [] }) };
  const senml = { source: "senml", node: device.id, name: "bin7", bin: "bin-senml", settings: SETTINGS };
  await admin.make("/v1/remote-sensors", senml);
  return { secret, device };
}

const hourAgoMs = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;

/** An LDDS45's uplink by The Things Stack; the first of a session has no counter, as zeros are left out. */
function uplink(counter: number, { distanceMm = 1_250, devEui = DEV_EUI } = {}) {
  const bytes = Buffer.from("0b45000000010501", "hex");
  bytes.writeUInt16BE(distanceMm, 2);
  return {
    end_device_ids: { device_id: "bin-7", dev_eui: devEui.toUpperCase() },
    received_at: new Date(hourAgoMs + counter * 10_000 + 300).toISOString(),
    uplink_message: {
      session_key_id: "AXA50tHUCYWWh5PuC2rY5Q==",
      f_port: 2,
      ...(counter === 0 ? {} : { f_cnt: counter }),
      frm_payload: bytes.toString("base64"),
      received_at: new Date(hourAgoMs + counter * 10_000).toISOString(),
    },
  };
}

describe("bins without a node", { timeout: 120_000 }, () => {
  const running = useSystem(() => ({ relational: "postgres", telemetry: "influx" }), setStage);
  const post = (body: object, secret = running().prepared.secret) =>
    httpClient(running().system.ingestUrl, secret).post(HOOK, body);
  const levelOf = async (bin: string) => (await running().system.admin.read(`/v1/bins/${bin}`)).level;

  it("an uplink is on the map with its share as soon as it is answered, and a replay changes nothing", async () => {
    expect(await post(uplink(0))).toEqual({ status: 200, body: { outcome: "stored", readings: 1 } });
    const level = await levelOf("bin-lorawan");
    expect(level).toMatchObject({
      distance_mm: 1_250,
      fill: 0.5,
      measured_at: new Date(hourAgoMs).toISOString(),
    });
    expect(await post(uplink(0))).toEqual({ status: 200, body: { outcome: "duplicate" } });
    expect(await post(uplink(0, { distanceMm: 700 }))).toEqual({
      status: 200,
      body: { outcome: "duplicate" },
    });
    expect(await levelOf("bin-lorawan")).toEqual(level);
    const [sensor] = await running().system.admin.all("/v1/remote-sensors?bin=bin-lorawan");
    expect(sensor.last_uplink_at).toBe(new Date(hourAgoMs).toISOString());
  });

  it("a wrong secret is told what to do, and what is not understood is on the staff's list", async () => {
    expectProblem(await post(uplink(1), "not-the-secret"), {
      status: 401,
      code: "wrong_credentials",
      words: /check the address and the header .*POST \/v1\/webhooks\/\{webhook\}\/secret/,
    });
    const stranger = uplink(1, { devEui: "00000000000000aa" });
    expect(await post(stranger)).toMatchObject({ status: 200, body: { outcome: "quarantined" } });
    const rows = await running().system.admin.all("/v1/quarantine?code=unknown_device");
    expect(rows).toMatchObject([
      { topic: HOOK, reason: expect.stringContaining("bind it with POST /v1/remote-sensors") },
    ]);
  });

  it("a simple device publishes SenML by the broker with its own secret, and for itself alone", async () => {
    const { system, prepared } = running();
    const { id, secret } = prepared.device;
    const { client } = await connectOnce(system.brokerUrl, { clientId: id, username: id, password: secret });
    const pack = [
      { bn: "bin7:", bu: "m", bt: hourAgoMs / 1_000, n: "distance", v: 0.8 },
      { n: "battery", u: "%EL", v: 90 },
    ];
    await client.publishAsync(`jm/v1/s1/${id}/senml`, JSON.stringify(pack), { qos: 1 });
    const level = await until("the level", () => levelOf("bin-senml"));
    expect(level).toMatchObject({ distance_mm: 800, fill: 0.8 });
    const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
    client.publish("jm/v1/s1/someone-else/senml", JSON.stringify(pack), { qos: 0 });
    await closed;
    await client.endAsync(true);
  });

  it("ingest is killed again and again under uplinks: each is answered in the end, and stored once", async () => {
    const { system } = running();
    const uplinks = 60;
    const outcomes = new Map<string, number>();
    const sent = (async () => {
      for (let counter = 1; counter <= uplinks; counter++) {
        const distanceMm = 1_900 - counter * 10;
        await until(`uplink ${counter}`, async () => {
          const answer = await post(uplink(counter, { distanceMm, devEui: "a8404100018100ff" }));
          if (answer.status !== 200) return false;
          const { outcome } = answer.body;
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          return true;
        });
      }
    })();
    for (let time = 0; time < 4; time++) {
      await pause(300 + time * 130);
      await system.ingest.kill();
      await system.ingest.start();
    }
    await sent;
    expect([...outcomes.keys()].every((one) => one === "stored" || one === "duplicate")).toBe(true);
    const rows = await system.telemetry.query({
      measurement: "bin_level",
      field: "distance_mm",
      where: { bin: ["bin-kill"] },
      fromMs: hourAgoMs,
      toMs: hourAgoMs + 3_600_000,
      everyMs: null,
      fn: "last",
    });
    expect(rows.map(({ value }) => value)).toEqual(
      Array.from({ length: uplinks }, (_, index) => 1_890 - index * 10),
    );
  });
});

/** SenML by ingest as a whole: a real broker, a real MQTT client, real stores of either kind. */
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { openTestRemote, type TestRemote, type TestServers } from "../testing/test-remote.ts";
import { until } from "../testing/until.ts";
import { SENML_BYTES_MAX } from "./senml-intake.ts";
import { SENML_RECORDS_MAX } from "./senml-pack.ts";

const TOPIC = "jm/v1/s1/node-1/senml";
const CLIENT_ID = "ingest-s1";

let remote: TestRemote;
let device: MqttClient;

async function open(servers: TestServers | null = null): Promise<void> {
  remote = await openTestRemote(servers);
  await remote.addBin("bin-3");
  const settings = { calibration: { empty_mm: 2_000, full_mm: 500 } };
  await remote.bind({ source: "senml", node: "node-1", name: "bin7", bin: "bin-3", settings });
  device = await mqtt.connectAsync(remote.broker.url, { clientId: "node-1" });
}
afterEach(async () => {
  await device.endAsync(true);
  await remote.close();
});

const publish = (body: unknown, topic = TOPIC, qos: 0 | 1 = 1) =>
  device.publishAsync(topic, typeof body === "string" ? body : JSON.stringify(body), { qos });
const latest = async (bin = "bin-3") => (await remote.telemetry.latestLevels([bin]))[0];
const held = () => remote.broker.held(CLIENT_ID);
const atS = Math.floor(Date.now() / 1_000) - 3_600;
const pack = (distanceM: number, t = atS) => [
  { bn: "bin7:", bt: t, n: "distance", u: "m", v: distanceM },
  { n: "battery", u: "%EL", v: 80 },
];

describe("a pack, on PostgreSQL and InfluxDB", () => {
  beforeEach(() => open({ postgresUrl: inject("postgresUrl"), influxUrl: inject("influxUrl") }));

  test("is stored under its bin and the node's place, and only then acknowledged", async () => {
    await remote.start();
    await publish(pack(1.25));
    await until("stored", latest);
    expect(await latest()).toMatchObject({ t: atS * 1_000, distanceMm: 1_250 });
    await until("acknowledged", async () => (await held()) === 0);
    const rows = await remote.telemetry.query({
      measurement: "bin_level",
      field: "distance_mm",
      where: { node: ["node-1"], zone: "zone-1" },
      fromMs: atS * 1_000,
      toMs: atS * 1_000 + 1,
      everyMs: null,
      fn: "last",
    });
    expect(rows).toMatchObject([{ series: "bin-3" }]);
    expect(await remote.quarantined()).toEqual([]);
  });

  test("waits while InfluxDB is away, unacknowledged, and is stored when it is back", async () => {
    await remote.start();
    remote.proxy?.fail({ status: 503 });
    await publish(pack(1.25));
    await until("tried", () => (remote.proxy?.writes ?? 0) > 0);
    expect(await held()).toBe(1);
    remote.proxy?.fail("pass");
    await until("stored", latest);
    await until("acknowledged", async () => (await held()) === 0);
  });
});

describe("a pack", () => {
  beforeEach(() => open());

  test("of a device at QoS 0, with times counted from now, is stored at its time", async () => {
    await remote.start();
    await publish([{ n: "bin7/distance", u: "mm", v: 900, t: -60 }], TOPIC, 0);
    const level = await until("stored", latest);
    expect(Math.abs(Date.now() - 60_000 - level.t)).toBeLessThan(10_000);
  });

  test("that comes twice is stored once, and its older times too", async () => {
    await remote.start();
    const both = [...pack(1.25), { n: "distance", t: -600, u: "m", v: 1.5 }];
    for (let time = 0; time < 2; time++) await publish(both);
    await publish(pack(0.75, atS + 60));
    await until("the last is stored", async () => (await latest())?.distanceMm === 750);
    expect(await remote.telemetry.count("bin_level")).toBe(3);
    const metrics = await (await fetch(`${(await remote.start()).httpUrl}/metrics`)).text();
    expect(metrics).toContain("ingest_uplinks_total");
  });

  test("that was sent while ingest was away is taken when it comes back, and nothing is lost when it dies half-way", async () => {
    const first = await remote.start({
      ...remote.store,
      transaction: () => Promise.reject(new Error("killed")),
    });
    await publish(pack(1.25));
    await until("stored", latest);
    await first.close();
    expect(await held()).toBe(1);
    const second = await remote.start();
    await until("acknowledged", async () => (await held()) === 0);
    await second.close();
    await publish(pack(1.5, atS + 60));
    await remote.start();
    await until("stored", async () => (await latest())?.distanceMm === 1_500);
    expect(await remote.telemetry.count("bin_level")).toBe(2);
  });

  test("without times is one of its own, however close the next one follows", async () => {
    await remote.start();
    const distances = [800, 900, 1_000, 1_100, 1_200];
    await Promise.all(distances.map((v) => publish([{ n: "bin7:distance", u: "mm", v }])));
    await until("acknowledged", async () => (await held()) === 0);
    await until("stored", async () => (await latest())?.distanceMm === 1_200);
    expect(await remote.telemetry.count("bin_level")).toBe(distances.length);
  });

  test("that says more of a time is no repeat of the one before", async () => {
    await remote.start();
    await publish([{ n: "bin7:battery", bt: atS, u: "%EL", v: 80 }]);
    await publish([{ n: "bin7:distance", bt: atS, u: "mm", v: 900 }]);
    expect(await until("stored", latest)).toMatchObject({ t: atS * 1_000, distanceMm: 900 });
  });

  test("of a sensor that can not be read goes to quarantine and does not hold up the next one", async () => {
    await remote.addBin("bin-4");
    await remote.bind({ source: "senml", node: "node-1", name: "bin8", bin: "bin-4" });
    await remote.store.db
      .updateTable("remote_sensors")
      .set({ settings: '{"full_at":7}' })
      .where("key", "=", "bin8")
      .execute();
    await remote.start();
    await publish([{ n: "bin8:distance", u: "mm", v: 900 }]);
    await publish(pack(1.25));
    await until("stored", latest);
    expect(await remote.quarantined()).toMatchObject([{ node_id: "node-1", code: "unknown_device" }]);
  });

  test("with one bad record is stored without it, and the pack is in quarantine with the reason", async () => {
    await remote.start();
    const body = [...pack(1.25), { n: "humidity", u: "%RH", v: 60 }];
    await publish(body);
    await until("stored", latest);
    await until("acknowledged", async () => (await held()) === 0);
    expect(await remote.quarantined()).toMatchObject([
      {
        node_id: "node-1",
        topic: TOPIC,
        code: "schema",
        reason: expect.stringContaining('/2: the quantity "humidity" is not known'),
        body: JSON.stringify(body),
      },
    ]);
  });

  test.each([
    ["no JSON", "malformed", "bin7:distance=1", "not JSON"],
    ["another shape", "schema", { e: [] }, "/"],
    [
      "too many records",
      "schema",
      Array(SENML_RECORDS_MAX + 1).fill({ n: "bin7:distance", u: "m", v: 1 }),
      "/",
    ],
    ["too many bytes", "oversize", JSON.stringify(pack(1)).padEnd(SENML_BYTES_MAX + 1), "send smaller ones"],
    [
      "an unbound sensor",
      "unknown_device",
      [{ n: "bin8:distance", u: "m", v: 1 }],
      "sensor bin8 of node node-1",
    ],
    ["a clock that is days ahead", "clock", pack(1, atS + 200_000), "s ahead of ours"],
  ])(
    "%s goes to quarantine as %s and is acknowledged, and what follows is taken",
    async (_name, code, body, reason) => {
      await remote.start();
      await publish(body);
      await publish(pack(1.25));
      await until("stored", latest);
      await until("acknowledged", async () => (await held()) === 0);
      expect(await remote.quarantined()).toMatchObject([
        { node_id: "node-1", code, reason: expect.stringContaining(reason) },
      ]);
    },
  );

  test("of a node that is not registered goes to quarantine", async () => {
    await remote.start();
    await publish(pack(1.25), "jm/v1/s1/stranger/senml");
    await until("quarantine", async () => (await remote.quarantined()).length === 1);
    expect(await remote.quarantined()).toMatchObject([{ node_id: "stranger", code: "unknown_node" }]);
  });
});

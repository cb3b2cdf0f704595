/** Webhooks of ingest as a whole: real HTTP, and real stores of either kind. */

import { FAILURES_PER_ADDRESS_MAX } from "@jumpa-madu/contracts/failure-budget";
import { revokeWebhook, rotateWebhookSecret } from "@jumpa-madu/store/webhooks";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import type { Ingest } from "../ingest.ts";
import { DEV_EUI, openTestRemote, type TestRemote, type TestServers } from "../testing/test-remote.ts";
import { fillQuarantine } from "../testing/test-stores.ts";
import { until } from "../testing/until.ts";
import { KEYS_AGE_MS_MAX } from "./webhook-keys.ts";
import { WEBHOOK_ANSWER_MS_MAX, WEBHOOK_BODY_BYTES_MAX } from "./webhook-routes.ts";

let remote: TestRemote;
let ingest: Ingest;

async function open(servers: TestServers | null = null): Promise<void> {
  remote = await openTestRemote(servers);
  ingest = await remote.start();
}
const openServers = () => open({ postgresUrl: inject("postgresUrl"), influxUrl: inject("influxUrl") });
afterEach(() => remote.close());

interface Sent {
  path?: string;
  secret?: string | null;
  headers?: Record<string, string>;
}

/** Posts a body and answers status, headers and the answer's body. */
async function post(body: unknown, { path = "/webhooks/ttn/hook-ttn", secret, headers = {} }: Sent = {}) {
  const shown = secret === undefined ? remote.secrets.ttn : secret;
  const answer = await fetch(ingest.httpUrl + path, {
    method: "POST",
    body:
      typeof body === "string" ? body : Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
    headers: {
      "content-type": "application/json",
      ...(shown === null ? {} : { authorization: `Bearer ${shown}` }),
      ...headers,
    },
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

const hourAgoMs = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;

/** An LDDS45's uplink by The Things Stack: number `counter`, as many minutes into the hour before now. */
function uplink(counter: number, message: object = {}, devEui = DEV_EUI) {
  return {
    end_device_ids: { device_id: "bin-7", dev_eui: devEui.toUpperCase() },
    received_at: new Date(hourAgoMs + counter * 60_000 + 300).toISOString(),
    uplink_message: {
      session_key_id: "AXA50tHUCYWWh5PuC2rY5Q==",
      f_port: 2,
      ...(counter === 0 ? {} : { f_cnt: counter }),
      frm_payload: payload(1_250),
      received_at: new Date(hourAgoMs + counter * 60_000).toISOString(),
      ...message,
    },
  };
}

function payload(distanceMm: number): string {
  const bytes = Buffer.from("0b450000000105 01".replace(" ", ""), "hex");
  bytes.writeUInt16BE(distanceMm, 2);
  return bytes.toString("base64");
}

const levels = () => remote.telemetry.count("bin_level");
const latest = async () => (await remote.telemetry.latestLevels(["bin-2"]))[0];
const rowOf = async () =>
  remote.store.db
    .selectFrom("remote_sensors")
    .selectAll()
    .where("key", "=", DEV_EUI)
    .executeTakeFirstOrThrow();
const metric = async (line: string) =>
  (await (await fetch(`${ingest.httpUrl}/metrics`)).text()).split("\n").find((one) => one.startsWith(line));

describe("an uplink, on PostgreSQL and InfluxDB", () => {
  beforeEach(openServers);

  test("of The Things Stack is stored under its bin before it is answered", async () => {
    expect(await post(uplink(1))).toMatchObject({ status: 200, body: { outcome: "stored", readings: 1 } });
    expect(await latest()).toMatchObject({ bin: "bin-2", t: hourAgoMs + 60_000, distanceMm: 1_250 });
    const rows = await remote.telemetry.query({
      measurement: "bin_level",
      field: "distance_mm",
      where: { node: [DEV_EUI], zone: "zone-1" },
      fromMs: hourAgoMs,
      toMs: hourAgoMs + 3_600_000,
      everyMs: null,
      fn: "last",
    });
    expect(rows).toEqual([{ series: "bin-2", t: hourAgoMs + 60_000, value: 1_250 }]);
    expect(await metric("ingest_uplinks_total{")).toBe(
      'ingest_uplinks_total{source="lorawan",outcome="stored"} 1',
    );
  });

  test("of ChirpStack is stored, and one of a kind that holds no reading is answered and counted", async () => {
    const chirpstack = { path: "/webhooks/chirpstack/hook-chirpstack", secret: remote.secrets.chirpstack };
    const body = {
      deduplicationId: "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
      time: new Date(hourAgoMs).toISOString(),
      deviceInfo: { devEui: DEV_EUI },
      fPort: 2,
      data: payload(900),
    };
    const up = { ...chirpstack, path: `${chirpstack.path}?event=up` };
    expect(await post(body, up)).toMatchObject({ status: 200, body: { outcome: "stored" } });
    expect(await post(body, up)).toMatchObject({ status: 200, body: { outcome: "duplicate" } });
    expect(await latest()).toMatchObject({ distanceMm: 900 });
    const join = { ...chirpstack, path: `${chirpstack.path}?event=join` };
    expect(await post({}, join)).toMatchObject({ status: 200, body: { outcome: "ignored", event: "join" } });
    expect(await metric("ingest_webhook_events_total{")).toContain('server="chirpstack",event="join"} 1');
  });

  test("that is replayed is answered 200 and changes nothing, also after others, and ten times at once", async () => {
    for (const counter of [1, 2, 3]) await post(uplink(counter, { frm_payload: payload(1_000 + counter) }));
    const before = await rowOf();
    const replays = await Promise.all(Array.from({ length: 10 }, () => post(uplink(1))));
    for (const { status, body } of replays) expect([status, body.outcome]).toEqual([200, "duplicate"]);
    expect(await levels()).toBe(3);
    expect(await latest()).toMatchObject({ distanceMm: 1_003 });
    expect(await rowOf()).toEqual(before);
  });

  test("that comes ten times at once is judged once", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(uplink(1))));
    const outcomes = answers.map(({ body }) => body.outcome);
    expect(outcomes.filter((one) => one === "stored")).toHaveLength(1);
    expect(outcomes.filter((one) => one === "duplicate")).toHaveLength(9);
    expect(await metric("ingest_points_stored_total")).toBe("ingest_points_stored_total 1");
  });
});

describe("an uplink", () => {
  beforeEach(() => open());

  test("with left out zeros is the first of its session, and one without payload says nothing", async () => {
    expect(await post(uplink(0))).toMatchObject({ body: { outcome: "stored" } });
    expect(await post(uplink(0))).toMatchObject({ body: { outcome: "duplicate" } });
    const empty = { ...uplink(3), uplink_message: {} };
    expect(await post(empty)).toMatchObject({ status: 200, body: { outcome: "ignored", event: "empty" } });
    expect([await levels(), await remote.quarantined()]).toEqual([1, []]);
  });

  test("whose counter begins anew is no repeat, in a new session and in one that goes on as ABP's does", async () => {
    const later = (counter: number, minutes: number, session = "AXA50tHUCYWWh5PuC2rY5Q==") =>
      uplink(counter, {
        session_key_id: session,
        received_at: new Date(hourAgoMs + minutes * 60_000).toISOString(),
      });
    for (const counter of [0, 1]) await post(uplink(counter));
    for (const body of [later(0, 2, "a-new-one"), later(1, 3, "a-new-one"), later(0, 20), later(1, 21)])
      expect(await post(body)).toMatchObject({ body: { outcome: "stored", readings: 1 } });
    for (const body of [uplink(0), uplink(1), later(0, 20), later(1, 21)])
      expect(await post(body)).toMatchObject({ body: { outcome: "duplicate" } });
    expect(await levels()).toBe(6);
  });

  test("older than all that is remembered is no duplicate that can be told: it goes to quarantine", async () => {
    for (let counter = 2; counter < 70; counter++)
      await post(uplink(counter, { received_at: new Date(hourAgoMs + counter * 1_000).toISOString() }));
    const old = await post(uplink(1, { received_at: new Date(hourAgoMs).toISOString() }));
    expect(old).toMatchObject({ status: 200, body: { outcome: "quarantined", code: "stale" } });
    expect(await levels()).toBe(68);
  });
});

describe("what is not accepted is in quarantine, and is answered 200 so that it does not come again", () => {
  beforeEach(() => open());

  test.each([
    [
      "an unbound DevEUI",
      "unknown_device",
      uplink(1, {}, "0000000000000001"),
      "DevEUI 0000000000000001 is not bound",
    ],
    ["a payload of another model", "undecodable", uplink(1, { frm_payload: "AXVc" }), "3 bytes"],
    ["another port", "undecodable", uplink(1, { f_port: 5 }), "port 5"],
    [
      "a clock that is days ahead",
      "clock",
      uplink(1, { received_at: "2099-01-01T00:00:00Z" }),
      "s ahead of ours",
    ],
    [
      "a clock that is far enough ahead to hide what comes after it",
      "clock",
      uplink(1, { received_at: new Date(hourAgoMs + 5 * 3_600_000).toISOString() }),
      "s ahead of ours",
    ],
    [
      "the clock of a gateway that was never set",
      "clock",
      uplink(1, { received_at: "1970-01-01T00:00:09Z" }),
      "set the clock of the gateway",
    ],
    ["another shape", "schema", { end_device_ids: 7, uplink_message: {} }, "/end_device_ids"],
    ["no JSON", "malformed", "dev_eui=1", "not JSON"],
    ["nothing", "malformed", "", "not JSON"],
  ])("%s: %s", async (_name, code, body, reason) => {
    const answer = await post(body);
    expect(answer).toMatchObject({
      status: 200,
      body: { outcome: "quarantined", code, reason: expect.stringContaining(reason) },
    });
    const [row, ...others] = await remote.quarantined();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ code, topic: "/webhooks/ttn/hook-ttn", stream: null });
    expect(row?.body).toBe(typeof body === "string" ? body : JSON.stringify(body));
    expect(await levels()).toBe(0);
    expect(await metric("ingest_quarantined_total{")).toBe(`ingest_quarantined_total{code="${code}"} 1`);
  });

  test("a sensor whose settings this program can not read", async () => {
    await remote.store.db.updateTable("remote_sensors").set({ settings: '{"full_at":7}' }).execute();
    expect(await post(uplink(1))).toMatchObject({
      status: 200,
      body: {
        outcome: "quarantined",
        code: "unknown_device",
        reason: expect.stringContaining("bind it again"),
      },
    });
  });

  test("a model that a newer program has bound", async () => {
    await remote.store.db.updateTable("remote_sensors").set({ model: "of-tomorrow" }).execute();
    expect(await post(uplink(1))).toMatchObject({ body: { outcome: "quarantined", code: "unknown_model" } });
  });

  test("all that no bound sensor has sent shares one allowance, whatever DevEUI it names", async () => {
    await post(uplink(1, {}, "0000000000000001"));
    await post(uplink(1, {}, "0000000000000002"));
    await post("{");
    await post(uplink(1, { f_port: 5 }));
    const rows = await remote.quarantined();
    expect(rows.map(({ node_id, code }) => [code, node_id])).toEqual(
      expect.arrayContaining([
        ["undecodable", DEV_EUI],
        ["malformed", null],
      ]),
    );
    expect(rows.filter(({ node_id }) => node_id === null)).toHaveLength(3);
  });

  test("a sensor whose allowance is used up is only counted, and answered all the same", async () => {
    await fillQuarantine(remote.store, "readings", DEV_EUI);
    expect(await post(uplink(1, { f_port: 5 }))).toMatchObject({
      status: 200,
      body: { code: "undecodable" },
    });
    expect(await metric("ingest_quarantine_over_limit_total")).toBe("ingest_quarantine_over_limit_total 1");
  });

  test("an uplink that was in quarantine is taken when what was wrong is put right", async () => {
    const body = uplink(1, {}, "0000000000000001");
    expect(await post(body)).toMatchObject({ body: { outcome: "quarantined" } });
    await remote.addBin("bin-3");
    await remote.bind({
      source: "lorawan",
      dev_eui: "0000000000000001",
      model: "dragino-ldds45",
      bin: "bin-3",
    });
    expect(await post(body)).toMatchObject({ body: { outcome: "stored" } });
  });
});

describe("whoever shows no right secret", () => {
  beforeEach(() => open());

  test.each([
    ["no secret", { secret: null }, "add the header `Authorization: Bearer <secret>`"],
    ["a wrong secret", { secret: "wrong" }, "its secret is wrong"],
    ["the secret of another webhook", { secret: "other" }, "its secret is wrong"],
    ["an unknown webhook", { path: "/webhooks/ttn/none" }, "its secret is wrong"],
    ["a webhook that is no name", { path: "/webhooks/ttn/A%00B" }, "its secret is wrong"],
    ["another scheme", { headers: { authorization: "Basic abc" } }, "add the header"],
  ])("%s: 401 that says what to do, and nothing is kept", async (_name, sent: Sent, detail) => {
    const secret = sent.secret === "other" ? remote.secrets.chirpstack : sent.secret;
    const answer = await post(uplink(1), secret === undefined ? sent : { ...sent, secret });
    expect(answer).toMatchObject({
      status: 401,
      body: { status: 401, code: "wrong_credentials", detail: expect.stringContaining(detail) },
    });
    expect(answer.body.detail).toContain("POST /v1/webhooks/{webhook}/secret");
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect([await levels(), await remote.quarantined()]).toEqual([0, []]);
  });

  test("is told to wait after too many tries, and does not shut out the right one", async () => {
    for (let time = 0; time < FAILURES_PER_ADDRESS_MAX; time++)
      expect((await post({}, { secret: "wrong" })).status).toBe(401);
    const late = await post({}, { secret: "wrong" });
    expect(late).toMatchObject({ status: 429, body: { detail: expect.stringContaining("try again in") } });
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await post(uplink(1))).toMatchObject({ status: 200 });
    expect(remote.logged.filter((line) => line.includes("a webhook was refused"))).toHaveLength(1);
  });

  test("is refused when the secret was revoked or replaced, within seconds", async () => {
    await post(uplink(1));
    await revokeWebhook(remote.store.db, "hook-ttn", Date.now());
    const startedMs = performance.now();
    await until("refused", async () => (await post(uplink(2))).status === 401);
    expect(performance.now() - startedMs).toBeLessThan(KEYS_AGE_MS_MAX + 1_000);
    const secret = (await rotateWebhookSecret(remote.store.db, "hook-ttn")) ?? "";
    await until("let in", async () => (await post(uplink(9), { secret })).status === 200);
    expect([401, 429]).toContain((await post(uplink(3))).status);
  });

  test("learns from no answer and no log what the secret is", async () => {
    await post(uplink(1));
    await post(uplink(1, { f_port: 5 }));
    await post(uplink(2), { secret: `${remote.secrets.ttn}x` });
    expect(remote.logged.join("\n")).not.toContain(remote.secrets.ttn);
    expect(JSON.stringify(await remote.quarantined())).not.toContain(remote.secrets.ttn);
  });
});

test("a webhook at the other server's address is told where it belongs", async () => {
  await open();
  expect(await post(uplink(1), { path: "/webhooks/chirpstack/hook-ttn?event=up" })).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining("/webhooks/ttn/hook-ttn") },
  });
  for (const path of ["/webhooks/loriot/hook-ttn", "/webhooks/ttn/hook-ttn/up", "/webhooks/ttn/hook-ttn/"])
    expect(await post(uplink(1), { path }), path).toMatchObject({
      status: 404,
      body: { code: "not_found", detail: expect.stringContaining("/webhooks/chirpstack/{webhook}") },
    });
});

test(`a body of ${WEBHOOK_BODY_BYTES_MAX} bytes is read, one more is refused with what to do`, async () => {
  await open();
  const body = JSON.stringify(uplink(1));
  expect((await post(body.padEnd(WEBHOOK_BODY_BYTES_MAX))).body).toMatchObject({ outcome: "stored" });
  expect(await post(body.padEnd(WEBHOOK_BODY_BYTES_MAX + 1))).toMatchObject({
    status: 413,
    body: { detail: expect.stringContaining("leave out") },
  });
});

describe("while a store is away", () => {
  beforeEach(openServers);

  test.each([
    ["answers 500", { status: 500, body: '{"error":"timeout"}' }],
    ["breaks the connection", "refuse" as const],
  ])("InfluxDB %s: 503 with a time to come again, and then it is stored", async (_name, fault) => {
    remote.proxy?.fail(fault);
    const first = await post(uplink(1));
    expect(first).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(first.headers.get("retry-after")).toBe("10");
    expect((await rowOf()).state).toBeNull();
    remote.proxy?.fail("pass");
    await until("stored", async () => (await post(uplink(1))).body.outcome === "stored");
    expect([await levels(), await remote.quarantined()]).toEqual([1, []]);
  });

  test("InfluxDB hangs: answered before the network server gives up", async () => {
    remote.proxy?.fail("hang");
    const startedMs = performance.now();
    expect(await post(uplink(1))).toMatchObject({ status: 503 });
    expect(performance.now() - startedMs).toBeLessThan(WEBHOOK_ANSWER_MS_MAX + 1_000);
  });

  test("dies between the telemetry store and the database: the next process gives the same points again", async () => {
    await post(uplink(1, { frm_payload: payload(1_900) }));
    await ingest.close();
    const stuck = { ...remote.store, transaction: () => Promise.reject(new Error("killed")) };
    ingest = await remote.start(stuck);
    const full = uplink(2, { frm_payload: payload(520) });
    expect(await post(full)).toMatchObject({ status: 503 });
    expect(await levels()).toBe(2);
    const before = await latest();
    await ingest.close();
    ingest = await remote.start();
    expect(await post(full)).toMatchObject({ status: 200, body: { outcome: "stored" } });
    expect([await levels(), await latest()]).toEqual([2, before]);
    expect(await post(full)).toMatchObject({ body: { outcome: "duplicate" } });
  });
});

test("whatever is sent, the answer is never our own failure", async () => {
  await open();
  const nasty = fc.constantFrom("", "\0", "\ud800", "1e999", "null", "{", "[]", "__proto__", DEV_EUI);
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), nasty, fc.double(), fc.maxSafeInteger());
  const message = fc.dictionary(
    fc.constantFrom("session_key_id", "f_port", "f_cnt", "frm_payload", "received_at"),
    value,
  );
  const ttn = fc.oneof(
    message.map((fields) => uplink(1, fields)),
    fc.dictionary(fc.constantFrom("end_device_ids", "received_at", "uplink_message", "join_accept"), value),
  );
  const chirpstack = fc.dictionary(
    fc.constantFrom("deduplicationId", "time", "deviceInfo", "fCnt", "fPort", "data"),
    value,
  );
  const frame = fc
    .uint8Array({ minLength: 8, maxLength: 8 })
    .map((bytes) => uplink(bytes[0] ?? 0, { frm_payload: Buffer.from(bytes).toString("base64") }));
  const body = fc.oneof(
    ttn,
    chirpstack,
    frame,
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    nasty,
  );
  const path = fc.constantFrom(
    { path: "/webhooks/ttn/hook-ttn", server: "ttn" as const },
    { path: "/webhooks/chirpstack/hook-chirpstack?event=up", server: "chirpstack" as const },
    { path: "/webhooks/chirpstack/hook-chirpstack", server: "chirpstack" as const },
    { path: "/webhooks/chirpstack/hook-chirpstack?event=up&event=log", server: "chirpstack" as const },
  );
  await fc.assert(
    fc.asyncProperty(
      path,
      body,
      fc.constantFrom("application/json", "text/plain", "x"),
      async (to, sent, type) => {
        const answer = await post(sent, {
          path: to.path,
          secret: remote.secrets[to.server],
          headers: { "content-type": type },
        });
        const isMediaType = type !== "x";
        expect(answer.status, JSON.stringify([sent, answer.body])).toBe(isMediaType ? 200 : 400);
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);

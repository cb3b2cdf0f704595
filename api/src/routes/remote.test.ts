import type { Webhook } from "@jumpa-madu/contracts/http/remote";
import { isSecret } from "@jumpa-madu/store/secret";
import { WEBHOOKS_MAX, webhookKeys } from "@jumpa-madu/store/webhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../testing/api-fixture.ts";

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const post = (url: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.call("admin", "POST", url, { ...(body === undefined ? {} : { body }), headers });

describe("webhooks", () => {
  const hashOf = async (id: string) =>
    (await webhookKeys(api.store.db)).find((key) => key.id === id)?.secretHash ?? "";

  test("show their secret once, are listed without it, shut, and come back with another", async () => {
    const created = await post("/v1/webhooks", { id: "kantor", server: "ttn" });
    expect(created.statusCode).toBe(201);
    const { secret, ...webhook } = created.json();
    expect(webhook).toEqual({
      id: "kantor",
      server: "ttn",
      path: "/webhooks/ttn/kantor",
      revoked_at: null,
      created_at: new Date(api.clock.nowMs).toISOString(),
    });
    expect(isSecret(secret, await hashOf("kantor"))).toBe(true);
    expect((await api.call("staff", "GET", "/v1/webhooks")).json()).toEqual({ items: [webhook], next: null });
    const revoked = await post("/v1/webhooks/kantor/revocation");
    expect(revoked.json<Webhook>().revoked_at).toBe(new Date(api.clock.nowMs).toISOString());
    const rotated = await post("/v1/webhooks/kantor/secret");
    expect(rotated.json()).toMatchObject({ revoked_at: null });
    expect(isSecret(rotated.json().secret, await hashOf("kantor"))).toBe(true);
    expect(api.logged.join("")).not.toContain(secret);
  });

  test("are added once under one Idempotency-Key, and the repeat has no secret", async () => {
    const headers = { "idempotency-key": "k-1" };
    const body = { id: "kantor", server: "chirpstack" };
    expect((await post("/v1/webhooks", body, headers)).json().secret).toHaveLength(43);
    expect((await post("/v1/webhooks", body, headers)).json()).toMatchObject({ id: "kantor", secret: null });
    expect((await post("/v1/webhooks", body)).statusCode).toBe(409);
  });

  test("can be had as CSV", async () => {
    await post("/v1/webhooks", { id: "kantor", server: "ttn" });
    const answer = await api.call("admin", "GET", "/v1/webhooks?format=csv");
    expect(answer.body.split("\r\n").slice(0, 2)).toEqual([
      "id,server,path,revoked_at,created_at",
      `kantor,ttn,/webhooks/ttn/kantor,,${new Date(api.clock.nowMs).toISOString()}`,
    ]);
  });

  test.each([
    ["another server", "/v1/webhooks", { id: "a", server: "loriot" }, 400],
    ["no name", "/v1/webhooks", { id: "A B", server: "ttn" }, 400],
    ["the secret of none", "/v1/webhooks/none/secret", undefined, 404],
    ["the revocation of none", "/v1/webhooks/none/revocation", undefined, 404],
  ])("refuse %s", async (_name, url, body, status) => {
    expect((await post(url, body)).statusCode).toBe(status);
  });

  test(`are ${WEBHOOKS_MAX} at most`, async () => {
    for (let index = 0; index < WEBHOOKS_MAX; index++)
      await post("/v1/webhooks", { id: `hook-${index}`, server: "ttn" });
    const answer = await post("/v1/webhooks", { id: "one-more", server: "ttn" });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      409,
      `there are ${WEBHOOKS_MAX} webhooks already, the most there may be`,
    ]);
  });
});

describe("remote sensors", () => {
  const settings = { calibration: { empty_mm: 1_200, full_mm: 250 }, container: { shape: "upright" } };
  const lorawan = (more: object = {}) => ({
    source: "lorawan",
    dev_eui: "A84041000181C061",
    model: "dragino-ldds45",
    bin: "bin-1",
    settings,
    ...more,
  });
  const bind = (body: unknown) => api.call("staff", "POST", "/v1/remote-sensors", { body });

  test("are bound to a bin, listed, retired, and bound anew", async () => {
    const bound = await bind(lorawan());
    expect(bound.statusCode).toBe(201);
    const sensor = bound.json();
    expect(sensor).toMatchObject({
      source: "lorawan",
      node: "a84041000181c061",
      key: "a84041000181c061",
      model: "dragino-ldds45",
      bin: "bin-1",
      settings,
      last_uplink_at: null,
      retired_at: null,
    });
    expect((await api.call("operator", "GET", "/v1/bins/bin-1")).json().node).toBe("a84041000181c061");
    expect((await api.call("staff", "DELETE", `/v1/remote-sensors/${sensor.id}`)).statusCode).toBe(204);
    expect((await api.call("staff", "DELETE", `/v1/remote-sensors/${sensor.id}`)).statusCode).toBe(404);
    api.clock.nowMs += 1;
    expect((await bind(lorawan())).statusCode).toBe(201);
    const { items } = (await api.call("operator", "GET", "/v1/remote-sensors?bin=bin-1")).json();
    expect(items.map(({ retired_at: at }: { retired_at: string | null }) => at === null)).toEqual([
      false,
      true,
    ]);
  });

  test("of SenML are bound by node and name", async () => {
    const body = { source: "senml", node: "node-1", name: "urn:dev:ow:10e2", bin: "bin-1" };
    expect((await bind(body)).json()).toMatchObject({
      node: "node-1",
      key: "urn:dev:ow:10e2",
      model: "senml",
    });
  });

  test("and wired ones keep each other out of a bin", async () => {
    await bind(lorawan());
    const port = { path: "/dev/ttyUSB0", protocol: "a02yyuw", bin: "bin-1" };
    const wired = await post("/v1/nodes/node-1/devices", { port });
    expect([wired.statusCode, wired.json().detail]).toEqual([
      409,
      "bin bin-1 is bound already; retire its device or remote sensor first",
    ]);
  });

  test("can be had as CSV", async () => {
    await bind(lorawan());
    const [head, line] = (await api.call("staff", "GET", "/v1/remote-sensors?format=csv")).body.split("\r\n");
    expect(head).toBe(
      "id,source,node,key,model,bin,settings_calibration_empty_mm,settings_calibration_full_mm,settings_container,settings_full_at,settings_full_until,settings_air_temp_c,settings_reach_min_mm,settings_reach_max_mm,last_uplink_at,created_at,retired_at",
    );
    expect(line).toContain("a84041000181c061,dragino-ldds45,bin-1,1200,250");
  });

  test.each([
    ["a model that is not read", { model: "lht65" }, 400, undefined],
    ["a DevEUI that is too short", { dev_eui: "A840" }, 400, undefined],
    ["another bin", { bin: "none" }, 422, "there is no bin none"],
    [
      "a calibration upside down",
      { settings: { calibration: { empty_mm: 250, full_mm: 1_200 } } },
      422,
      expect.stringContaining("full_mm (1200) must be less than empty_mm (250)"),
    ],
    [
      "a node that does not exist",
      { source: "senml", node: "none", name: "bin7", dev_eui: undefined, model: undefined },
      422,
      "there is no node none",
    ],
  ])("are refused with %s", async (_name, more, status, detail) => {
    const answer = await bind(lorawan(more));
    expect(answer.statusCode).toBe(status);
    if (detail !== undefined) expect(answer.json().detail).toEqual(detail);
  });

  test("that are bound already say to what", async () => {
    await bind(lorawan());
    const answer = await bind(lorawan());
    expect([answer.statusCode, answer.json().detail]).toEqual([
      409,
      "sensor a84041000181c061 is bound to bin bin-1 already; retire it first",
    ]);
  });
});

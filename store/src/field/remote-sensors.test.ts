import type { NewRemoteSensor } from "@jumpa-madu/contracts/http/remote";
import { beforeAll, expect, it } from "vitest";
import { registerNode } from "../nodes/node-registry.ts";
import { isSecret } from "../nodes/secret.ts";
import { findBin } from "../places/bins.ts";
import { NOW_MS, sampleBooks } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import { constraintFault } from "../rows/constraint-fault.ts";
import { bindDevice, listDevices, retireDevice } from "./devices.ts";
import { bindRemoteSensor, listRemoteSensors, retireRemoteSensor } from "./remote-sensors.ts";
import { findBinding, keepUplink } from "./remote-uplinks.ts";
import { withUplink } from "./seen-uplinks.ts";
import {
  createWebhook,
  findWebhook,
  listWebhooks,
  revokeWebhook,
  rotateWebhookSecret,
  WEBHOOKS_MAX,
  webhookKeys,
} from "./webhooks.ts";

onEachEngine("remote sensors", (suite) => {
  let node: string;
  let count = 0;
  beforeAll(async () => {
    await sampleBooks(suite.store);
    node = "wired-node";
    await registerNode(suite.store.db, { id: node, shard: "0", name: "Edge", wasteBank: null }, NOW_MS);
  });

  async function newBin(): Promise<string> {
    const id = `remote-bin-${++count}`;
    await suite.store.db
      .insertInto("bins")
      .values({ id, name: id, zone_id: "zone", lat: 3.5, lon: 98.8, capacity_l: 660, created_ms: NOW_MS })
      .execute();
    return id;
  }
  const lorawan = (bin: string, more: object = {}): NewRemoteSensor => ({
    source: "lorawan",
    dev_eui: `A8404100${(++count).toString(16).padStart(8, "0")}`,
    model: "dragino-ldds45",
    bin,
    ...more,
  });
  const bind = (request: NewRemoteSensor, nowMs = NOW_MS) =>
    suite.store.transaction((tx) => bindRemoteSensor(tx, request, nowMs));
  async function bound(request: NewRemoteSensor, nowMs = NOW_MS) {
    const outcome = await bind(request, nowMs);
    if (outcome.kind !== "bound") throw new Error(outcome.reason);
    return outcome.sensor;
  }
  const wire = (bin: string) =>
    suite.store.transaction((tx) =>
      bindDevice(tx, { node, port: { path: `/dev/tty${bin}`, protocol: "a02yyuw", bin } }, NOW_MS),
    );

  it("are found by their DevEUI in whatever case, with the place of their bin", async () => {
    const bin = await newBin();
    const { sensor, id } = await bound(lorawan(bin, { settings: { full_at: 0.9 } })).then((one) => ({
      id: one.id,
      sensor: { source: one.source, node: one.node, key: one.key },
    }));
    expect(sensor.key).toMatch(/^a8404100[0-9a-f]{8}$/);
    expect(await findBinding(suite.store.db, sensor, NOW_MS)).toEqual({
      id,
      sensor,
      model: "dragino-ldds45",
      bin,
      zone: "zone",
      lat: 3.5,
      lon: 98.8,
      settings: { full_at: 0.9 },
      state: null,
      seen: { floorMs: 0, uplinks: [] },
      revision: 0,
    });
    expect(await findBin(suite.store.db, bin)).toMatchObject({ node: sensor.key });
  });

  it("are one at most in a bin, also beside the wired ones, in either order", async () => {
    const [first, second] = [await newBin(), await newBin()];
    const remote = await bound(lorawan(first));
    expect(await bind(lorawan(first))).toMatchObject({ kind: "refused", code: "in_use" });
    await expect(wire(first)).rejects.toSatisfy((error) => constraintFault(error) === "exists");
    expect(await wire(second)).toMatchObject({ kind: "bound" });
    expect(await bind(lorawan(second))).toMatchObject({
      code: "in_use",
      reason: expect.stringContaining(`a sensor at node ${node}`),
    });
    expect(await retireRemoteSensor(suite.store.db, remote.id, NOW_MS + 1)).toBe(true);
    expect(await wire(first)).toMatchObject({ kind: "bound" });
    const device = (await listDevices(suite.store.db, node)).find(
      ({ port }) => "bin" in port && port.bin === second,
    );
    await suite.store.transaction((tx) => retireDevice(tx, { node, id: device?.id ?? "" }, NOW_MS + 1));
    expect(await bind(lorawan(second))).toMatchObject({ kind: "bound" });
  });

  it("cannot take a bin that another takes at the same moment", async () => {
    const bin = await newBin();
    const outcomes = await Promise.allSettled([bind(lorawan(bin)), wire(bin), bind(lorawan(bin))]);
    const wins = outcomes.filter((one) => one.status === "fulfilled" && one.value.kind === "bound");
    expect(wins).toHaveLength(1);
    for (const one of outcomes) {
      if (one.status === "rejected") expect(constraintFault(one.reason)).toBe("exists");
    }
  });

  it("cannot hang in two bins", async () => {
    const request = lorawan(await newBin());
    await bound(request);
    expect(await bind({ ...request, bin: await newBin() })).toMatchObject({
      code: "in_use",
      reason: expect.stringContaining(`is bound to bin ${request.bin}`),
    });
  });

  it("of SenML belong to a node that exists; two nodes may use one name", async () => {
    const request = { source: "senml" as const, node, name: "bin7", bin: await newBin() };
    expect(await bound(request)).toMatchObject({ model: "senml", node, key: "bin7" });
    expect(await bind({ ...request, node: "nobody" })).toMatchObject({ code: "no_such_node" });
  });

  it.each([
    [{ calibration: { empty_mm: 300, full_mm: 900 } }, "full_mm (900) must be less"],
    [{ full_at: 0.5, full_until: 0.6 }, "full_until (0.6) must be less"],
    [{ reach: { min_mm: 500, max_mm: 500 } }, "min_mm (500) must be less"],
  ])("are refused with settings that contradict themselves: %j", async (settings, reason) => {
    expect(await bind(lorawan(await newBin(), { settings }))).toMatchObject({
      code: "bad_settings",
      reason: expect.stringContaining(reason),
    });
  });

  it("of an unknown bin are refused by the database", async () => {
    await expect(bind(lorawan("no-bin"))).rejects.toSatisfy(
      (error) => constraintFault(error) === "unknown_reference",
    );
  });

  it("keep state and seen uplinks together, and notice another writer", async () => {
    const one = await bound(lorawan(await newBin()));
    const read = async () => {
      const binding = await findBinding(suite.store.db, one, NOW_MS);
      if (binding === null) throw new Error("not bound");
      return binding;
    };
    const [mine, theirs] = [await read(), await read()];
    const seen = withUplink(mine.seen, { key: "s/1", atMs: NOW_MS });
    const keep = (binding: typeof mine, state: string) =>
      suite.store.transaction((tx) => keepUplink(tx, binding, { state, seen }));
    expect(await keep(mine, '{"t":1}')).toBe(true);
    expect(await keep(theirs, '{"t":2}')).toBe(false);
    expect(await read()).toMatchObject({ state: '{"t":1}', seen, revision: 1 });
    expect(await keep(await read(), '{"t":3}')).toBe(true);
    expect(await read()).toMatchObject({ state: '{"t":3}', revision: 2 });
    const { items } = await listRemoteSensors(suite.store.db, { bin: one.bin }, { limit: 10, after: null });
    expect(items).toMatchObject([{ id: one.id, lastUplinkMs: NOW_MS, retiredMs: null }]);
  });

  it("hand the bin's memory on to the next sensor, and keep their own uplinks wherever they hang", async () => {
    const [first, second] = [await newBin(), await newBin()];
    const request = lorawan(first);
    const old = await bound(request);
    const binding = await findBinding(suite.store.db, old, NOW_MS);
    if (binding === null) throw new Error("not bound");
    const seen = withUplink(binding.seen, { key: "s/1", atMs: NOW_MS });
    await suite.store.transaction((tx) => keepUplink(tx, binding, { state: '{"t":7}', seen }));
    await retireRemoteSensor(suite.store.db, old.id, NOW_MS + 1_000);
    const next = await bound(lorawan(first), NOW_MS + 2_000);
    expect(await findBinding(suite.store.db, next, NOW_MS + 2_000)).toMatchObject({
      state: '{"t":7}',
      revision: 0,
    });
    const moved = await bound({ ...request, bin: second }, NOW_MS + 2_000);
    expect(await findBinding(suite.store.db, moved, NOW_MS + 3_000)).toMatchObject({
      bin: second,
      state: null,
      seen,
    });
    // What was sent when it hung in the first bin is still that bin's.
    expect(await findBinding(suite.store.db, moved, NOW_MS + 500)).toMatchObject({ bin: first });
    expect(await findBinding(suite.store.db, moved, NOW_MS + 1_500)).toMatchObject({ bin: second });
  });

  it("that are retired are in the list and bind nothing", async () => {
    const one = await bound(lorawan(await newBin()));
    expect(await retireRemoteSensor(suite.store.db, one.id, NOW_MS + 9)).toBe(true);
    expect(await retireRemoteSensor(suite.store.db, one.id, NOW_MS + 10)).toBe(false);
    expect(await findBinding(suite.store.db, one, NOW_MS + 10)).toBeNull();
    const { items } = await listRemoteSensors(suite.store.db, { bin: one.bin }, { limit: 10, after: null });
    expect(items).toMatchObject([{ retiredMs: NOW_MS + 9 }]);
  });
});

onEachEngine("webhooks", (suite) => {
  const create = (id: string) =>
    suite.store.transaction((tx) => createWebhook(tx, { id, server: "ttn" }, NOW_MS));

  it("keep the hash of their secret alone; it changes, and they come back, when it is rotated", async () => {
    const { db } = suite.store;
    const secret = (await create("hook")) ?? "";
    const hashOf = async () => (await webhookKeys(db)).find(({ id }) => id === "hook")?.secretHash ?? "";
    expect(isSecret(secret, await hashOf())).toBe(true);
    expect(JSON.stringify(await db.selectFrom("webhooks").selectAll().execute())).not.toContain(secret);
    expect(await revokeWebhook(db, "hook", NOW_MS + 1)).toBe(true);
    expect(await findWebhook(db, "hook")).toMatchObject({ revokedMs: NOW_MS + 1 });
    const next = (await rotateWebhookSecret(db, "hook")) ?? "";
    expect(isSecret(secret, await hashOf())).toBe(false);
    expect(isSecret(next, await hashOf())).toBe(true);
    expect(await findWebhook(db, "hook")).toMatchObject({ revokedMs: null });
    expect(await rotateWebhookSecret(db, "none")).toBeNull();
    expect(await revokeWebhook(db, "none", NOW_MS)).toBe(false);
    await expect(create("hook")).rejects.toSatisfy((error) => constraintFault(error) === "exists");
  });

  it(`are ${WEBHOOKS_MAX} at most`, async () => {
    const { items } = await listWebhooks(suite.store.db, { limit: WEBHOOKS_MAX, after: null });
    for (let index = items.length; index < WEBHOOKS_MAX; index++)
      expect(await create(`hook-${index}`)).toHaveLength(43);
    expect(await create("one-more")).toBeNull();
  });
});

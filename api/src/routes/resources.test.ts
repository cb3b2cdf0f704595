import { PORTS_MAX } from "@jumpa-madu/contracts/node-config";
import { wantedConfig } from "@jumpa-madu/store/devices";
import { keepServiceAccount } from "@jumpa-madu/store/service-accounts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestApi, type TestApi } from "../testing/api-fixture.ts";
import { createDatabase } from "../testing/postgres-database.ts";
import { type Counter, openCounters, post, sampleDeposit } from "../testing/sample-deposit.ts";

describe.each(["sqlite", "postgres"] as const)("on %s", (engine) => {
  let api: TestApi;
  let counter: Counter;

  beforeAll(async () => {
    const databaseUrl =
      engine === "postgres" ? await createDatabase(inject("postgresUrl"), "api_resources") : undefined;
    api = await startTestApi(databaseUrl === undefined ? {} : { databaseUrl });
    counter = await openCounters(api);
  });
  afterAll(() => api.close());

  const get = async (url: string, who: Parameters<TestApi["call"]>[0] = "admin") => {
    const answer = await api.call(who, "GET", url);
    expect(answer.statusCode, `${url}: ${answer.body}`).toBe(200);
    return answer.json();
  };
  const add = (url: string, body: unknown, headers: Record<string, string> = {}) =>
    api.call("admin", "POST", url, { body, headers });

  test("a list is read page by page, without repeats", async () => {
    for (let n = 0; n < 7; n++) await add("/v1/zones", { id: `many-${n}`, name: `Zona ${n}` });
    const seen: string[] = [];
    let after = "";
    for (;;) {
      const page = await get(`/v1/zones?limit=2${after}`);
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      if (page.next === null) break;
      after = `&after=${page.next}`;
    }
    expect(seen).toEqual([...new Set(seen)]);
    expect(seen).toHaveLength(9);
  });

  test("a bin has no level before its first reading, then the latest one", async () => {
    expect((await get("/v1/bins/bin-1")).level).toBeNull();
    const t = Date.now();
    const level = {
      kind: "bin_level",
      bin: "bin-1",
      distance_mm: 350,
      fill: 0.6,
      quality: "accepted",
    } as const;
    await api.write({ ...level, t: t - 1_000, fill: 0.5 }, { ...level, t });
    const wanted = {
      fill: 0.6,
      quality: "accepted",
      distance_mm: 350,
      measured_at: new Date(t).toISOString(),
    };
    expect((await get("/v1/bins?zone=zone-1")).items[0].level).toEqual(wanted);
    expect((await get("/v1/bins?zone=zone-2")).items).toEqual([]);
    expect((await api.call("admin", "GET", "/v1/bins/none")).statusCode).toBe(404);
  });

  test("a member's account adds up, shows the newest first, and takes a void back", async () => {
    const member = (await add("/v1/members", { name: "Nasabah Tiga", waste_bank: "wb-1" })).json().id;
    const first = sampleDeposit(counter, { member, weightsG: [1_000, 2_000], t: Date.now() - 60_000 });
    await post(api.store, first);
    await post(api.store, sampleDeposit(counter, { member, weightsG: [500], at: "2" }), "node-2");
    const url = `/v1/members/${member}/account`;
    const before = await get(url);
    expect(before).toMatchObject({ member, currency: "IDR", balance: 12_250, available: 12_250, next: null });
    expect(before.books).toEqual([
      { waste_bank: "wb-1", balance: 10_500, available: 10_500 },
      { waste_bank: "wb-2", balance: 1_750, available: 1_750 },
    ]);
    expect(before.lines.map(({ amount }: { amount: number }) => amount)).toEqual([1_750, 10_500]);
    expect(before.lines[1]).toMatchObject({
      kind: "deposit",
      deposit: first.id,
      receipt_no: first.receipt_no,
      waste_bank: "wb-1",
    });

    const reason = "salah timbang";
    await post(api.store, {
      kind: "deposit_void",
      id: sampleDeposit(counter, { member, weightsG: [1] }).id,
      t: Date.now(),
      deposit: first.id,
      reason,
    });
    const after = await get(url);
    expect(after.balance).toBe(1_750);
    expect(after.lines).toHaveLength(3);
    const taken = after.lines.find(({ kind }: { kind: string }) => kind === "deposit_void");
    expect(taken).toMatchObject({ amount: -10_500, deposit: first.id, receipt_no: first.receipt_no });

    const page = await get(`${url}?limit=1`);
    const rest = await get(`${url}?limit=5&after=${page.next}`);
    expect([...page.lines, ...rest.lines]).toEqual(after.lines);
    const [deposit] = (await get(`/v1/deposits?member=${member}&waste_bank=wb-1`)).items;
    expect(deposit).toMatchObject({ id: first.id, total_idr: 10_500, voided: { reason } });
    expect(deposit.lines).toHaveLength(2);
  });

  test("an operator sees a member's books at the own waste bank alone", async () => {
    const member = (await add("/v1/members", { name: "Nasabah Empat", waste_bank: "wb-1" })).json().id;
    await post(api.store, sampleDeposit(counter, { member, weightsG: [1_000] }));
    await post(api.store, sampleDeposit(counter, { member, weightsG: [9_000], at: "2" }), "node-2");
    const account = await get(`/v1/members/${member}/account`, "operator");
    expect(account.balance).toBe(3_500);
    expect(account.lines).toHaveLength(1);
  });

  test("a member sees the own books, and of others not even that they exist", async () => {
    const { mine, other } = api.members;
    expect((await get(`/v1/members/${mine}/account`, "member")).balance).toBe(0);
    for (const url of [
      `/v1/members/${other}`,
      `/v1/members/${other}/account`,
      `/v1/deposits?member=${other}`,
    ]) {
      expect((await api.call("member", "GET", url)).statusCode, url).toBe(404);
    }
    await post(api.store, sampleDeposit(counter, { member: other, weightsG: [100], at: "2" }), "node-2");
    expect((await get("/v1/deposits", "member")).items).toEqual([]);
  });

  test("an operator is refused at another waste bank", async () => {
    const { other } = api.members;
    for (const url of [
      "/v1/nodes?waste_bank=wb-2",
      "/v1/nodes/node-2",
      "/v1/nodes/node-2/devices",
      "/v1/scales?waste_bank=wb-2",
      "/v1/members?waste_bank=wb-2",
      `/v1/members/${other}`,
      `/v1/members/${other}/account`,
      "/v1/deposits?waste_bank=wb-2",
      "/v1/telemetry?measurement=scale_weight&scale=scale-1,scale-2",
      "/v1/telemetry?measurement=scale_weight",
    ]) {
      expect((await api.call("operator", "GET", url)).statusCode, url).toBe(403);
    }
    const body = { name: "Nasabah", waste_bank: "wb-2" };
    expect((await api.call("operator", "POST", "/v1/members", { body })).statusCode).toBe(403);
    for (const url of ["/v1/nodes", "/v1/scales", "/v1/members", "/v1/deposits"]) {
      for (const item of (await get(url, "operator")).items) expect(item.waste_bank, url).toBe("wb-1");
    }
  });

  test("members are found by the beginning of number or name, and what looks like a pattern is none", async () => {
    await add("/v1/members", { name: "100% Bersih", waste_bank: "wb-1", number: "X-1" });
    const found = async (q: string) =>
      (await get(`/v1/members?q=${encodeURIComponent(q)}`)).items.map(({ name }: { name: string }) => name);
    expect(await found("100%")).toEqual(["100% Bersih"]);
    expect(await found("x-")).toEqual(["100% Bersih"]);
    expect(await found("%")).toEqual([]);
    expect(await found("_")).toEqual([]);
    expect(await found("nasabah s")).toEqual(["Nasabah Satu"]);
  });

  test("numbers that are drawn at once differ", async () => {
    const drawn = await Promise.all(
      Array.from({ length: 12 }, (_, n) => add("/v1/members", { name: `Serentak ${n}`, waste_bank: "wb-2" })),
    );
    expect(drawn.map(({ statusCode }) => statusCode)).toEqual(drawn.map(() => 201));
    const numbers = drawn.map((answer) => answer.json().number);
    expect(new Set(numbers).size).toBe(12);
    expect(numbers[0]).toMatch(/^WB-2-\d{4}$/);
  });

  test("a number given by hand does not look like another waste bank's", async () => {
    const bank = { name: "Bank", zone: "zone-1", lat: 0, lon: 0 };
    expect((await add("/v1/waste-banks", { ...bank, id: "wb" })).statusCode).toBe(201);
    const give = async (number: string, wasteBank: string) =>
      await add("/v1/members", { name: "Nasabah Nomor", waste_bank: wasteBank, number });
    const refused = await give("WB-2-9001", "wb-1");
    expect(refused.statusCode, refused.body).toBe(422);
    expect(refused.json().detail).toBe("a number that begins with WB-2- is one of waste bank wb-2");
    expect((await give("WB-2-9001", "wb")).statusCode, "the longest prefix counts").toBe(422);
    expect((await give("WB-9001", "wb-2")).statusCode).toBe(422);
    expect((await give("WB-2-9001", "wb-2")).statusCode).toBe(201);
    expect((await give("WB-9001", "wb")).statusCode).toBe(201);
    expect((await give("LAMA-7", "wb-2")).statusCode).toBe(201);
  });

  test("a price is set for a time to come, never in the past, and never changed", async () => {
    const start = new Date(Date.now() + 3_600_000).toISOString();
    const price = { material: "kardus", price_idr_per_kg: 1_800 };
    const now = (await add("/v1/prices", price)).json();
    expect(
      (await add("/v1/prices", { ...price, valid_from: start, price_idr_per_kg: 2_000 })).statusCode,
    ).toBe(201);
    const again = await add("/v1/prices", { ...price, valid_from: start, price_idr_per_kg: 9 });
    expect(again.statusCode).toBe(409);
    expect((await add("/v1/prices", { ...price, valid_from: Date.now() - 6 * 60_000 })).statusCode).toBe(422);
    expect((await add("/v1/prices", { ...price, material: "none" })).statusCode).toBe(422);
    expect((await add("/v1/prices", { ...price, valid_from: "2026-02-30" })).statusCode).toBe(400);

    const at = async (moment: string) =>
      (await get(`/v1/prices?material=kardus&at=${encodeURIComponent(moment)}`)).items.map(
        (one: { price_idr_per_kg: number }) => one.price_idr_per_kg,
      );
    expect(await at(now.valid_from)).toEqual([1_800]);
    expect(await at(start)).toEqual([2_000]);
    expect(await at("2021-01-01")).toEqual([]);
    expect((await get("/v1/prices?material=kardus")).items).toHaveLength(2);
  });

  test("a device is bound once, told to the node, and retired", async () => {
    const versionOf = async () => (await get("/v1/nodes/node-1")).config_version;
    const before = await versionOf();
    const port = { path: "/dev/ttyUSB7", protocol: "a02yyuw", bin: "bin-1" };
    const bind = (more: object) => add("/v1/nodes/node-1/devices", { port: { ...port, ...more } });
    const bound = await bind({});
    expect(bound.statusCode, bound.body).toBe(201);
    expect(api.published.at(-1)).toBe("node-1");
    expect((await get("/v1/bins/bin-1")).node).toBe("node-1");
    expect((await bind({ path: "/dev/ttyUSB8" })).statusCode, "the bin is bound").toBe(409);
    expect((await bind({ bin: "none" })).statusCode, "the path is in use").toBe(409);
    expect((await bind({ path: "/dev/ttyUSB8", bin: "none" })).statusCode).toBe(422);
    const foreign = { path: "/dev/ttyUSB8", protocol: "mt-sics", scale: "scale-2" };
    expect((await add("/v1/nodes/node-1/devices", { port: foreign })).statusCode).toBe(422);
    expect((await add("/v1/nodes/none/devices", { port })).statusCode).toBe(404);
    expect(await versionOf(), "what is refused changes nothing").toBe(before + 1);

    const url = `/v1/nodes/node-1/devices/${bound.json().id}`;
    expect((await api.call("admin", "DELETE", url)).statusCode).toBe(204);
    expect((await api.call("admin", "DELETE", url)).statusCode).toBe(404);
    expect(await versionOf()).toBe(before + 2);
    expect((await get("/v1/bins/bin-1")).node).toBeNull();
    expect((await bind({})).statusCode).toBe(201);
  });

  test("a calibration that is upside down is refused in words", async () => {
    const body = { id: "bin-cal", name: "B", zone: "zone-1", lat: 0, lon: 0, capacity_l: 660 };
    await add("/v1/bins", body);
    const bind = (emptyMm: number, fullMm: number) =>
      add("/v1/nodes/node-1/devices", {
        port: {
          path: "/dev/ttyUSB20",
          protocol: "a02yyuw",
          bin: "bin-cal",
          calibration: { empty_mm: emptyMm, full_mm: fullMm },
        },
      });
    for (const [emptyMm, fullMm] of [
      [300, 1_200],
      [300, 300],
    ] as const) {
      const answer = await bind(emptyMm, fullMm);
      expect(answer.statusCode, answer.body).toBe(422);
      expect(answer.json().detail).toContain("full_mm");
    }
    expect((await bind(1_200, 300)).statusCode).toBe(201);
  });

  test("a node's configuration names the capacity of each scale, unless the port names one", async () => {
    await add("/v1/nodes", { id: "node-cap", name: "Terminal", waste_bank: "wb-1" });
    for (const [id, capacityG] of [
      ["scale-cap", 30_000],
      ["scale-own", 60_000],
    ] as const) {
      const scale = { id, name: "T", waste_bank: "wb-1", capacity_g: capacityG, division_g: 5 };
      expect((await add("/v1/scales", scale)).statusCode).toBe(201);
    }
    const line = { path: "/dev/ttyUSB0", protocol: "st-gs", scale: "scale-cap" };
    const own = { path: "/dev/ttyUSB1", protocol: "mt-sics", scale: "scale-own", max_g: 15_000 };
    for (const port of [line, own]) {
      const bound = await add("/v1/nodes/node-cap/devices", { port });
      expect(bound.statusCode, bound.body).toBe(201);
      expect(bound.json().port, "the port stays as it was given").toEqual(port);
    }
    const wanted = await wantedConfig(api.store.db, "node-cap");
    const ports = wanted?.config.ports.toSorted((a, b) => a.path.localeCompare(b.path));
    expect(ports).toEqual([{ ...line, max_g: 30_000 }, own]);
  });

  test("a node cannot take the name of a service account", async () => {
    const account = { id: "ingest-x", role: "ingest", secret: "secret-of-ingest-0123" } as const;
    await keepServiceAccount(api.store.db, account, Date.now());
    const answer = await add("/v1/nodes", { id: "ingest-x", name: "Terminal" });
    expect(answer.statusCode, answer.body).toBe(409);
    expect(answer.json()).toMatchObject({ code: "exists", detail: expect.stringContaining("service") });
  });

  test("a node fetches its catalogue with its secret, and is told when nothing has changed", async () => {
    const created = await add("/v1/nodes", { id: "node-c", name: "Terminal", waste_bank: "wb-1" });
    const { secret } = created.json();
    const basic = (id: string, password: string) => ({
      authorization: `Basic ${Buffer.from(`${id}:${password}`).toString("base64")}`,
    });
    const fetchAs = (headers: Record<string, string>, node = "node-c") =>
      api.call(null, "GET", `/v1/nodes/${node}/catalogue`, { headers });
    const first = await fetchAs(basic("node-c", secret));
    expect(first.statusCode, first.body).toBe(200);
    const { waste_bank, members, prices } = first.json();
    expect(waste_bank).toBe("wb-1");
    expect(members.map(({ id }: { id: string }) => id)).toContain(api.members.mine);
    expect(members.map(({ id }: { id: string }) => id)).not.toContain(api.members.other);
    expect(prices.map(({ id }: { id: string }) => id)).toContain(counter.price);
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^"[\w-]+"$/);
    const second = await fetchAs({ ...basic("node-c", secret), "if-none-match": etag });
    expect([second.statusCode, second.body]).toEqual([304, ""]);
    await add("/v1/members", { name: "Baru", waste_bank: "wb-1" });
    expect((await fetchAs({ ...basic("node-c", secret), "if-none-match": etag })).statusCode).toBe(200);

    expect((await fetchAs(basic("node-c", "wrong"))).statusCode).toBe(401);
    expect((await fetchAs(basic("node-c", secret), "node-1")).statusCode).toBe(403);
    expect((await fetchAs({ authorization: `Bearer ${api.tokens.admin}` })).statusCode).toBe(401);
    const rotated = await add("/v1/nodes/node-c/secret", undefined);
    expect((await fetchAs(basic("node-c", secret))).statusCode).toBe(401);
    const fresh = basic("node-c", rotated.json().secret);
    expect((await fetchAs(fresh)).statusCode).toBe(200);
    expect((await add("/v1/nodes/node-c/revocation", undefined)).statusCode).toBe(201);
    expect((await fetchAs(fresh)).statusCode).toBe(401);
  });

  test("a repeat under the same key gets the first answer, also when both come at once", async () => {
    const headers = { "idempotency-key": "key-1" };
    const body = { name: "Sekali Saja", waste_bank: "wb-1" };
    const both = await Promise.all([add("/v1/members", body, headers), add("/v1/members", body, headers)]);
    expect(both.map(({ statusCode }) => statusCode)).toEqual([201, 201]);
    expect(both[0]?.json()).toEqual(both[1]?.json());
    expect(
      both.map((answer) => answer.headers["idempotency-replayed"]).filter((one) => one === "true"),
    ).toHaveLength(1);
    expect((await get("/v1/members?q=Sekali")).items).toHaveLength(1);
    expect((await add("/v1/members", { ...body, name: "Lain" }, headers)).statusCode).toBe(409);
    expect((await add("/v1/zones", { id: "zone-k", name: "K" }, headers)).statusCode).toBe(409);
    const other = await api.call("staff", "POST", "/v1/members", { body, headers });
    expect([other.statusCode, other.headers["idempotency-replayed"]], "keys are each user's own").toEqual([
      201,
      undefined,
    ]);
    expect((await add("/v1/members", body, { "idempotency-key": "x".repeat(101) })).statusCode).toBe(400);
  });

  test(`a node has at most ${PORTS_MAX} ports`, async () => {
    await add("/v1/nodes", { id: "node-full", name: "Terminal" });
    for (let n = 0; n <= PORTS_MAX; n++) {
      const body = { id: `bin-full-${n}`, name: "B", zone: "zone-1", lat: 0, lon: 0, capacity_l: 660 };
      await add("/v1/bins", body);
      const port = { path: `/dev/ttyUSB${n}`, protocol: "a02yyuw", bin: body.id };
      const answer = await add("/v1/nodes/node-full/devices", { port });
      expect(answer.statusCode, answer.body).toBe(n < PORTS_MAX ? 201 : 409);
    }
  });

  test("a key is free again after a failure and after a day", async () => {
    const headers = { "idempotency-key": "key-2" };
    const body = { id: "late", name: "Bank", zone: "zone-late", lat: 0, lon: 0 };
    expect((await add("/v1/waste-banks", body, headers)).statusCode).toBe(422);
    await add("/v1/zones", { id: "zone-late", name: "Zona" });
    expect((await add("/v1/waste-banks", body, headers)).statusCode).toBe(201);
    api.clock.nowMs += 24 * 3_600_000 + 1_000;
    await api.store.db
      .updateTable("sessions")
      .set({ expires_ms: api.clock.nowMs + 60_000 })
      .execute();
    expect((await add("/v1/zones", { id: "zone-day", name: "Zona" }, headers)).statusCode).toBe(201);
    api.clock.nowMs = Date.now();
  });

  test("a secret is shown once: neither a repeat nor the table of answers has it", async () => {
    const headers = { "idempotency-key": "key-3" };
    const body = { id: "node-once", name: "Terminal" };
    const [first, again] = [await add("/v1/nodes", body, headers), await add("/v1/nodes", body, headers)];
    const { secret } = first.json();
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(again.json()).toMatchObject({ id: "node-once", secret: null });
    const user = { username: "baru", role: "staff", password: "a long password" };
    expect((await add("/v1/users", user, { "idempotency-key": "key-4" })).json().password).toBeNull();
    const kept = JSON.stringify(await api.store.db.selectFrom("idempotent_answers").selectAll().execute());
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain("a long password");
  });

  test("CSV has every row of a list, and nothing in it runs as a formula", async () => {
    const name = '=HYPERLINK("http://x","y"), z';
    await add("/v1/materials", { id: "formula", name, category: "uji" });
    const answer = await api.call("admin", "GET", "/v1/materials", { headers: { accept: "text/csv" } });
    expect(answer.headers["content-type"]).toMatch(/^text\/csv/);
    const lines = answer.body.split("\r\n");
    expect(lines[0]).toBe("id,name,category");
    expect(lines).toContain(`formula,"'=HYPERLINK(""http://x"",""y""), z",uji`);
    for (let n = 0; n < 30; n++)
      await add("/v1/materials", { id: `m-${n}`, name: `M ${n}`, category: "uji" });
    const all = await api.call("admin", "GET", "/v1/materials?format=csv");
    expect(all.body.trimEnd().split("\r\n")).toHaveLength(1 + 33);
    const some = await api.call("admin", "GET", "/v1/materials?format=csv&limit=3");
    expect(some.body.trimEnd().split("\r\n")).toHaveLength(1 + 3);
    const bins = await api.call("admin", "GET", "/v1/bins?format=csv");
    expect(bins.body.split("\r\n")[0]).toBe(
      "id,name,zone,lat,lon,capacity_l,node,level_fill,level_quality,level_distance_mm,level_measured_at,created_at",
    );
  });

  test("what is in quarantine and what is missing is listed", async () => {
    const row = {
      topic: "jm/v1/s1/node-1/readings",
      stream: "readings",
      epoch: "e",
      code: "schema",
      reason: "r",
      body: "{}",
    };
    for (const seq of [1, 2, 3]) {
      const id = `00000000-0000-7000-8000-00000000000${seq}`;
      await api.store.db
        .insertInto("quarantine")
        .values({ ...row, id, node_id: "node-1", seq, received_ms: seq })
        .execute();
      await api.store.db
        .insertInto("stream_gaps")
        .values({
          id,
          node_id: "node-1",
          stream: "readings",
          epoch: "e",
          from_seq: seq,
          upto_seq: seq,
          noticed_ms: 5,
        })
        .execute();
    }
    const page = await get("/v1/quarantine?code=schema&limit=2");
    expect(page.items.map(({ seq }: { seq: number }) => seq)).toEqual([3, 2]);
    expect((await get(`/v1/quarantine?limit=2&after=${page.next}`)).items).toHaveLength(1);
    expect((await get("/v1/quarantine?code=clock")).items).toEqual([]);
    const gaps = await get("/v1/gaps?node=node-1&limit=2");
    expect(gaps.items[0]).toMatchObject({ from_seq: 3, upto_seq: 3, noticed_at: "1970-01-01T00:00:00.005Z" });
    expect((await get(`/v1/gaps?limit=2&after=${gaps.next}`)).items).toHaveLength(1);
  });
});

import { Catalogue } from "@jumpa-madu/contracts/catalogue";
import { CONTAINER_TYPES_MAX, PORTS_MAX } from "@jumpa-madu/contracts/node-config";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { catalogueOf } from "@jumpa-madu/store/catalogue-of-waste-bank";
import { wantedConfig } from "@jumpa-madu/store/node-configuration";
import { keepStatus } from "@jumpa-madu/store/node-registry";
import { keepServiceAccount } from "@jumpa-madu/store/service-accounts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestApi, type TestApi } from "../testing/api-fixture.ts";
import { createDatabase } from "../testing/postgres-database.ts";
import { type Counter, openCounters, post, sampleDeposit } from "../testing/sample-deposit.ts";

const AT_NODE_1 = { node: "node-1", wasteBank: "wb-1" };

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
      "/v1/nodes/node-2/profile",
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

  test("a member's card is unique, can be changed, and goes to the terminal with the catalogue", async () => {
    const body = { name: "Nasabah Kartu", waste_bank: "wb-1", card: "62E3086CED" };
    const created = await add("/v1/members", body);
    expect(created.json()).toMatchObject({ has_card: true, card_hint: "6CED" });
    const { id } = created.json();
    const other = (await add("/v1/members", { name: "Nasabah Lain", waste_bank: "wb-1" })).json();
    expect(other).toMatchObject({ has_card: false, card_hint: null });
    const put = (member: string, card: string | null) =>
      api.call("admin", "PUT", `/v1/members/${member}/card`, { body: { card } });
    expect((await put(other.id, "62E3086CED")).json()).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/belongs to another member/),
    });
    expect((await put(id, null)).json()).toMatchObject({ id, card: null, has_card: false });
    expect((await put(other.id, "62E3086CED")).json()).toMatchObject({ card: "62E3086CED", has_card: true });
    expect((await get(`/v1/members/${other.id}`)).card_hint).toBe("6CED");
    expect((await put(id, "\u001b@")).statusCode).toBe(400);
    const catalogue = await catalogueOf({ db: api.store.db, vault: api.vault }, AT_NODE_1, Date.now());
    expect(catalogue.waste_bank_name).toEqual(expect.any(String));
    expect(catalogue.members.filter(({ card }) => card !== undefined)).toMatchObject([
      { card: "62E3086CED" },
    ]);
  });

  test("members are found by the beginning of number or name, and what looks like a pattern is none", async () => {
    await add("/v1/members", { name: "100% Bersih", waste_bank: "wb-1", number: "X-1" });
    const found = async (q: string) =>
      (await get(`/v1/members?q=${encodeURIComponent(q)}`)).items.map(({ name }: { name: string }) => name);
    expect(await found("100%")).toEqual(["100% Bersih"]);
    expect(await found("x-")).toEqual(["100% Bersih"]);
    expect(await found("%")).toEqual([]);
    expect(await found("_")).toEqual([]);
    expect(await found("nasabah sa")).toEqual(["Nasabah Satu"]);
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

  test("a node's configuration names the capacity and the division of each scale, unless the port names them", async () => {
    await add("/v1/nodes", { id: "node-cap", name: "Terminal", waste_bank: "wb-1" });
    for (const [id, capacityG] of [
      ["scale-cap", 30_000],
      ["scale-own", 60_000],
    ] as const) {
      const scale = { id, name: "T", waste_bank: "wb-1", capacity_g: capacityG, division_g: 5 };
      expect((await add("/v1/scales", scale)).statusCode).toBe(201);
    }
    const line = { path: "/dev/ttyUSB0", protocol: "st-gs", scale: "scale-cap" };
    const own = {
      path: "/dev/ttyUSB1",
      protocol: "mt-sics",
      scale: "scale-own",
      max_g: 15_000,
      division_g: 2,
    };
    for (const port of [line, own]) {
      const bound = await add("/v1/nodes/node-cap/devices", { port });
      expect(bound.statusCode, bound.body).toBe(201);
      expect(bound.json().port, "the port stays as it was given").toEqual(port);
    }
    const wanted = await wantedConfig(api.store.db, "node-cap");
    const ports = wanted?.config.ports.toSorted((a, b) => a.path.localeCompare(b.path));
    expect(ports).toEqual([{ ...line, max_g: 30_000, division_g: 5 }, own]);
  });

  describe("a node's profile", () => {
    const PROFILE = {
      container_types: { drum: { shape: "lying_drum" } },
      on_expired_verification: "block",
      printer: { path: "/dev/usb/lp0", paper_mm: 58 },
    };
    const put = (node: string, body: object) =>
      api.call("admin", "PUT", `/v1/nodes/${node}/profile`, { body });
    let made = 0;

    async function newNode(): Promise<string> {
      made += 1;
      const id = `node-profile-${made}`;
      expect((await add("/v1/nodes", { id, name: "Terminal", waste_bank: "wb-1" })).statusCode).toBe(201);
      return id;
    }

    async function bindBin(node: string, port: object) {
      made += 1;
      const id = `bin-profile-${made}`;
      await add("/v1/bins", { id, name: "B", zone: "zone-1", lat: 0, lon: 0, capacity_l: 660 });
      return await add(`/v1/nodes/${node}/devices`, { port: { protocol: "a02yyuw", bin: id, ...port } });
    }

    test("is empty at first; set, it is part of the configuration, under a new version, and the node is told", async () => {
      const node = await newNode();
      expect(await get(`/v1/nodes/${node}/profile`)).toEqual({});
      const set = await put(node, PROFILE);
      expect([set.statusCode, set.json()]).toEqual([200, PROFILE]);
      expect(await get(`/v1/nodes/${node}/profile`, "operator")).toEqual(PROFILE);
      expect(api.published.at(-1)).toBe(node);
      const wanted = await wantedConfig(api.store.db, node);
      expect(wanted?.config).toEqual({ version: 1, waste_bank: "wb-1", ports: [], ...PROFILE });
      expect((await get(`/v1/nodes/${node}`)).config_version).toBe(1);
      expect((await put(node, {})).json()).toEqual({});
      expect(await get(`/v1/nodes/${node}/profile`)).toEqual({});
      expect((await put("none", {})).statusCode).toBe(404);
      expect((await api.call("admin", "GET", "/v1/nodes/none/profile")).statusCode).toBe(404);
    });

    test("that contradicts the ports in use is refused in words, and changes nothing", async () => {
      const node = await newNode();
      await put(node, PROFILE);
      expect((await bindBin(node, { path: "/dev/ttyUSB1", container: "drum" })).statusCode).toBe(201);
      const refused = await put(node, { ...PROFILE, container_types: {} });
      expect([refused.statusCode, refused.json().code]).toEqual([422, "refused"]);
      expect(refused.json().detail).toContain("container drum is not among container_types");
      const onPort = await put(node, { ...PROFILE, printer: { path: "/dev/ttyUSB1", paper_mm: 80 } });
      expect(onPort.json().detail).toContain("/dev/ttyUSB1 is used by two devices");
      expect(await get(`/v1/nodes/${node}/profile`)).toEqual(PROFILE);
      expect((await get(`/v1/nodes/${node}`)).config_version).toBe(2);
      expect((await put(node, { ...PROFILE, colour: "green" })).statusCode).toBe(400);
      const types = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, n) => [`type-${n}`, { shape: "upright" }]));
      const most = { drum: { shape: "lying_drum" }, ...types(CONTAINER_TYPES_MAX - 1) };
      expect((await put(node, { container_types: types(CONTAINER_TYPES_MAX + 1) })).statusCode).toBe(400);
      expect((await put(node, { container_types: most })).statusCode).toBe(200);
    });

    test("must know the container that a port names, and keeps its printer's path to itself", async () => {
      const node = await newNode();
      const unknown = await bindBin(node, { path: "/dev/ttyUSB1", container: "drum" });
      expect([unknown.statusCode, unknown.json().code]).toEqual([422, "refused"]);
      expect(unknown.json().detail).toContain("add it to the node's profile first");
      await put(node, PROFILE);
      const taken = await bindBin(node, { path: "/dev/usb/lp0" });
      expect([taken.statusCode, taken.json().code]).toEqual([409, "conflict"]);
    });

    test("sensors of one board share its path, and not its pins", async () => {
      const node = await newNode();
      const board = { path: "/dev/ttyACM0", protocol: "firmata" };
      const at = (pin: number) => ({ ...board, sensor: { kind: "hc-sr04", pin } });
      expect((await bindBin(node, at(7))).statusCode).toBe(201);
      expect((await bindBin(node, at(8))).statusCode).toBe(201);
      const clash = await bindBin(node, at(7));
      expect([clash.statusCode, clash.json().code]).toEqual([409, "conflict"]);
      expect(clash.json().detail).toContain("pin 7 is used by");
      expect((await bindBin(node, { path: board.path })).statusCode, "another protocol").toBe(409);
    });
  });

  test("a node shows what it should have, has received and has, and what is wrong with its devices", async () => {
    await add("/v1/nodes", { id: "node-told", name: "Terminal" });
    expect(await get("/v1/nodes/node-told")).toMatchObject({
      config_version: 0,
      reported_config_version: null,
      reported_wanted_config_version: null,
      notices: [],
    });
    const notices = [{ device: "scale-1", code: "silent", text: "nothing comes; check its cable" }];
    const status = {
      online: true,
      version: "1",
      outbox: { readings: 0, records: 0 },
      clock_ms: Date.now(),
      config_version: 3,
      config_wanted_version: 4,
      config_fault: "ports",
      notices,
    };
    await keepStatus(api.store.db, "node-told", JSON.stringify(status), Date.now());
    expect(await get("/v1/nodes/node-told")).toMatchObject({
      reported_config_version: 3,
      reported_wanted_config_version: 4,
      notices,
    });
    const csv = await api.call("admin", "GET", "/v1/nodes?format=csv&limit=500");
    expect(csv.body).toContain("nothing comes; check its cable");
  });

  test("a scale is verified again, and its terminals are told with their catalogue", async () => {
    const verify = (id: string, until: unknown) =>
      api.call("admin", "PUT", `/v1/scales/${id}/verification`, { body: { verified_until: until } });
    expect((await verify("scale-1", "2027-06-30")).statusCode).toBe(204);
    const [scale] = (await get("/v1/scales?waste_bank=wb-1")).items;
    expect(scale).toMatchObject({ id: "scale-1", verified_until: "2027-06-29T17:00:00.000Z" });
    const { scales } = await catalogueOf({ db: api.store.db, vault: api.vault }, AT_NODE_1, Date.now());
    expect(scales).toContainEqual({ id: "scale-1", verified_until: Date.parse("2027-06-30T00:00+07:00") });
    expect(scales?.map(({ id }) => id)).not.toContain("scale-2");
    // The terminal would refuse a catalogue with a moment that its schema does not know.
    await verify("scale-1", "1990-01-01");
    const old = await catalogueOf({ db: api.store.db, vault: api.vault }, AT_NODE_1, Date.now());
    expect(checkerOf(Catalogue).check(old)).toMatchObject({ ok: true });
    expect((await verify("scale-1", null)).statusCode).toBe(204);
    const none = await catalogueOf({ db: api.store.db, vault: api.vault }, AT_NODE_1, Date.now());
    expect(none.scales).toContainEqual({ id: "scale-1", verified_until: null });
    expect((await verify("none", null)).statusCode).toBe(404);
    expect((await verify("scale-1", "2026-02-30")).statusCode).toBe(400);
  });

  test("a catalogue lists the scales that are or were bound to its node, as their deposits are booked", async () => {
    const node = { id: "node-bound", name: "Terminal", waste_bank: "wb-1" };
    await add("/v1/nodes", node);
    const scale = { id: "scale-loose", name: "Lepas", waste_bank: "wb-1", capacity_g: 60_000, division_g: 5 };
    expect((await add("/v1/scales", scale)).statusCode).toBe(201);
    const listed = async () => {
      const { scales } = await catalogueOf(
        { db: api.store.db, vault: api.vault },
        { node: node.id, wasteBank: "wb-1" },
        Date.now(),
      );
      return scales?.map(({ id }) => id);
    };
    expect(await listed(), "registered").toEqual([]);
    const port = { path: "/dev/ttyUSB0", protocol: "st-gs", scale: scale.id };
    for (const _time of ["first", "again"]) {
      const bound = await add(`/v1/nodes/${node.id}/devices`, { port });
      expect(await listed(), "bound").toEqual([scale.id]);
      await api.call("admin", "DELETE", `/v1/nodes/${node.id}/devices/${bound.json().id}`);
      expect(await listed(), "retired").toEqual([scale.id]);
    }
  });

  test("a deposit's lines tell the frame of each weight, or who answers for one that was typed", async () => {
    const member = (await add("/v1/members", { name: "Nasabah Ketik", waste_bank: "wb-1" })).json().id;
    const user = { username: "pengawas", role: "operator", waste_bank: "wb-1" };
    const supervisor = (await add("/v1/users", user)).json().id;
    const until = Date.parse("2027-06-30");
    const deposit = sampleDeposit(counter, { member, weightsG: [1_000, 2_000] });
    const [weighed, { raw: _raw, ...rest } = {}] = deposit.lines;
    const typed = { ...rest, stable: null, typed: { supervisor, reason: "listrik padam" } };
    const lines = [{ ...weighed, verified_until: until }, typed] as typeof deposit.lines;
    await post(api.store, { ...deposit, lines });
    const [found] = (await get(`/v1/deposits?member=${member}`)).items;
    expect(found.lines).toMatchObject([
      {
        raw: "53542c",
        verified_until: "2027-06-30T00:00:00.000Z",
        typed: false,
        supervisor: null,
        typed_reason: null,
      },
      { raw: null, stable: null, typed: true, supervisor, typed_reason: "listrik padam" },
    ]);
    const csv = (await api.call("admin", "GET", `/v1/deposits?member=${member}&format=csv`)).body;
    expect(csv).toContain("listrik padam");
    expect(csv).toContain("53542c");
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

  test("of a port that is not right it is told what is wrong with the kind that is meant", async () => {
    const faultsOf = async (port: object) => (await add("/v1/nodes/node-1/devices", { port })).json().faults;
    const scale = { path: "/dev/a", protocol: "st-gs", scale: "scale-1" };
    expect(await faultsOf({ ...scale, protocol: "morse" })).toEqual([
      { path: "/port/protocol", message: expect.stringMatching(/^must be one of a scale: st-gs, .*plain$/) },
    ]);
    expect(await faultsOf({ ...scale, unit: "pon", bauds: 1 })).toEqual([
      { path: "/port", message: "must not have additional properties bauds" },
      { path: "/port/unit", message: expect.stringMatching(/g, kg, t, lb, oz$/) },
    ]);
    expect(
      (await api.call("member", "POST", "/v1/nodes/node-1/devices", { body: { port: {} } })).statusCode,
    ).toBe(403);
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
    expect(lines[0]).toBe("id,name,category,condition,sipsn_class,retired_at");
    expect(lines).toContain(`formula,"'=HYPERLINK(""http://x"",""y""), z",uji,,,`);
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

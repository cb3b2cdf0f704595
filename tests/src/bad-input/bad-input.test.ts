/**
 * Bad input from end to end: sent by a real MQTT client or over real HTTP, beside good input of the same sender.
 *
 * Each is answered where a person will look for it, with a reason that a person can read: a problem of the API or of
 * the terminal, a row of the quarantine, or a line of the broker's log. And nothing good beside it is lost.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { describe, expect, it } from "vitest";
import { type Answer, httpClient } from "../system/http-client.ts";
import { storedNumbers } from "../system/stored-numbers.ts";
import type { System } from "../system/system.ts";
import { MATERIALS } from "../system/town.ts";
import { until } from "../system/until.ts";
import { useSystem } from "../system/use-system.ts";
import { BAD_MESSAGES, BAD_READINGS, BAD_RECORDS } from "./bad-items.ts";
import { expectPosted, expectProblem, expectReadable, refusalLogged } from "./expectations.ts";
import { connectOnce, RawNode } from "./raw-node.ts";
import { depositOf, levelOf, weightOf } from "./samples.ts";
import { type Stage, setStage } from "./stage.ts";

const [PET] = MATERIALS;

describe("bad input", { timeout: 60_000 }, () => {
  const running = useSystem(() => ({ relational: "sqlite", telemetry: "sqlite" }), setStage);
  const quarantined = async ({ admin }: System, where: { epoch?: string; seq?: number; code?: string }) => {
    const rows = await admin.all("/v1/quarantine");
    const matches = (row: Record<string, unknown>) =>
      Object.entries(where).every(([name, value]) => row[name] === value);
    return rows.filter(matches);
  };

  it.each(BAD_READINGS)("reading: $name", async ({ item, code, reason }) => {
    const { system, prepared } = running();
    const node = await RawNode.connect(system, prepared.sender);
    const before = await storedNumbers(system.telemetryUrl, node.id);
    const first = await node.send("readings", [
      levelOf(prepared.places),
      item(prepared.places),
      weightOf(prepared.places),
    ]);
    await node.acknowledged("readings");
    const rows = await quarantined(system, { epoch: node.epoch });
    expect(rows).toMatchObject([{ node: node.id, stream: "readings", seq: first + 1, code }]);
    expectReadable(rows[0].reason, reason);
    // The good ones on either side of it are stored.
    expect(await storedNumbers(system.telemetryUrl, node.id)).toEqual(
      [...before, first, first + 2].sort((a, b) => a - b),
    );
    await node.end();
  });

  it.each(BAD_RECORDS)("deposit: $name", async ({ item, code, reason }) => {
    const { system, prepared } = running();
    const node = await RawNode.connect(system, prepared.sender);
    const good = [depositOf(prepared.places), depositOf(prepared.places)];
    const first = await node.send("records", [good[0], item(prepared.places), good[1]]);
    await node.acknowledged("records");
    const rows = await quarantined(system, { epoch: node.epoch });
    expect(rows).toMatchObject([{ node: node.id, stream: "records", seq: first + 1, code }]);
    expectReadable(rows[0].reason, reason);
    await expectPosted(
      system,
      good.map(({ id }) => id),
    );
    await node.end();
  });

  it("deposit: the id of another one with another body", async () => {
    const { system, prepared } = running();
    const node = await RawNode.connect(system, prepared.sender);
    const [once, other] = [depositOf(prepared.places), depositOf(prepared.places)];
    const changed = { ...once, t: Number(once.t) + 1 };
    // The very same again is no fault: that is what a resend is.
    const first = await node.send("records", [once, changed, once, other]);
    await node.acknowledged("records");
    const rows = await quarantined(system, { epoch: node.epoch });
    expect(rows).toMatchObject([{ seq: first + 1, code: "deposit_conflict" }]);
    expectReadable(rows[0].reason, /posted before with another body; the first one stands/);
    await expectPosted(system, [once.id, other.id]);
    await node.end();
  });

  it.each(BAD_MESSAGES)("message: $name", async ({ payload, code, reason }) => {
    const { system, prepared } = running();
    const node = await RawNode.connect(system, prepared.sender);
    const before = (await quarantined(system, { code })).length;
    await node.send("readings", [levelOf(prepared.places)]);
    await node.raw(node.topic("readings"), payload);
    await node.send("readings", [levelOf(prepared.places)]);
    await node.acknowledged("readings");
    const rows = await until("a row of the quarantine", async () => {
      const found = await quarantined(system, { code });
      return found.length > before && found;
    });
    expect(rows[0]).toMatchObject({ node: node.id, topic: node.topic("readings"), seq: null });
    expectReadable(rows[0].reason, reason);
    await node.end();
  });

  describe("at the broker", () => {
    /** Runs `trouble` between two readings of a neighbour, both of which must be stored. */
    const besideNeighbour = async (
      trouble: (stage: { system: System; prepared: Stage }) => Promise<void>,
    ) => {
      const { system, prepared } = running();
      const neighbour = await RawNode.connect(system, prepared.neighbour);
      const before = (await storedNumbers(system.telemetryUrl, neighbour.id)).length;
      const place = { ...prepared.places, bin: "bin-b", scale: "scale-b" };
      await neighbour.send("readings", [levelOf(place)]);
      await trouble({ system, prepared });
      await neighbour.send("readings", [levelOf(place)]);
      await neighbour.acknowledged("readings");
      expect((await storedNumbers(system.telemetryUrl, neighbour.id)).length).toBe(before + 2);
      await neighbour.end();
    };

    it.each([
      { name: "a wrong secret", id: "mentah-a", code: 4, reason: "wrong_secret" },
      { name: "an unknown id", id: "tak-dikenal", code: 4, reason: "unknown_id" },
    ])("$name", async ({ id, code, reason }) => {
      await besideNeighbour(async ({ system }) => {
        const attempt = await connectOnce(system.brokerUrl, {
          clientId: id,
          username: id,
          password: "salah-salah-salah-salah",
        });
        expect([code, 5]).toContain(attempt.code);
        await attempt.client.endAsync(true);
        await refusalLogged(system, { reason, clientId: id });
      });
    });

    it("a topic of another node", async () => {
      await besideNeighbour(async ({ system, prepared }) => {
        const node = await RawNode.connect(system, prepared.sender);
        const topic = "jm/v1/s1/mentah-b/readings";
        const envelope = {
          epoch: node.epoch,
          first: 1,
          items: [levelOf({ ...prepared.places, bin: "bin-b" })],
        };
        await Promise.race([
          node.raw(topic, JSON.stringify(envelope)).catch(() => undefined),
          node.thrownOut(),
        ]);
        await node.thrownOut();
        await refusalLogged(system, { reason: "publish_foreign", clientId: node.id, topic });
        await node.end();
      });
    });

    it("a subscription to what other nodes are told", async () => {
      await besideNeighbour(async ({ system, prepared }) => {
        const { id, secret } = prepared.sender;
        const { client } = await connectOnce(system.brokerUrl, {
          clientId: id,
          username: id,
          password: secret,
        });
        await expect(client.subscribeAsync("jm/v1/s1/+/config", { qos: 1 })).rejects.toThrow();
        await refusalLogged(system, { reason: "subscribe_filter", clientId: id });
        await client.endAsync(true);
      });
    });

    it("a packet that is too large", async () => {
      await besideNeighbour(async ({ system, prepared }) => {
        const node = await RawNode.connect(system, prepared.sender);
        const packet = Buffer.alloc(1024 * 1024, 0x20);
        await Promise.race([
          node.raw(node.topic("readings"), packet).catch(() => undefined),
          node.thrownOut(),
        ]);
        await node.thrownOut();
        await refusalLogged(system, { reason: "packet_bytes" });
        await node.end();
      });
    });
  });

  describe("at the API", () => {
    const bin = { id: "bin-x", name: "Bin X", zone: "lubuk-pakam", lat: 3.5, lon: 98.8, capacity_l: 660 };

    it.each([
      {
        name: "a wrong password",
        path: "/v1/sessions",
        body: { username: "admin", password: "salah" },
        status: 401,
        code: "wrong_credentials",
        words: /./,
      },
      {
        name: "a negative capacity",
        path: "/v1/bins",
        body: { ...bin, capacity_l: -1 },
        status: 400,
        code: "invalid",
        words: /\/capacity_l must be >= 1/,
      },
      {
        name: "a field too many",
        path: "/v1/bins",
        body: { ...bin, colour: "merah" },
        status: 400,
        code: "invalid",
        words: /additional properties/,
      },
      {
        name: "a zone that does not exist",
        path: "/v1/bins",
        body: { ...bin, zone: "atlantis" },
        status: 422,
        code: "unknown_reference",
        words: /there is no zone atlantis/,
      },
      {
        name: "a negative price",
        path: "/v1/prices",
        body: { material: PET.id, price_idr_per_kg: -1 },
        status: 400,
        code: "invalid",
        words: /\/price_idr_per_kg must be >= 0/,
      },
      {
        name: "a price that begins in the past",
        path: "/v1/prices",
        body: { material: PET.id, price_idr_per_kg: 1, valid_from: "2021-01-01" },
        status: 422,
        code: "refused",
        words: /cannot begin in the past/,
      },
      {
        name: "a body that is too large",
        path: "/v1/bins",
        body: { ...bin, name: "x".repeat(300_000) },
        status: 413,
        code: "too_large",
        words: /./,
      },
    ])("$name", async ({ path, body, status, code, words }) => {
      const { system } = running();
      const answer = await system.admin.post(path, body);
      expectProblem(answer, { status, code, words });
      // The next good request is served.
      expect((await system.admin.get("/v1/bins")).status).toBe(200);
    });

    it("JSON that is cut off", async () => {
      const { system } = running();
      const response = await fetch(`${system.admin.base}/v1/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"username": "adm',
      });
      expectProblem(
        { status: response.status, body: await response.json() },
        { status: 400, code: "malformed", words: /./ },
      );
    });

    it("a request without anybody's credentials", async () => {
      const { system } = running();
      const nobody = httpClient(system.admin.base);
      expectProblem(await nobody.get("/v1/members"), { status: 401, code: "unauthenticated", words: /./ });
    });

    it("an Idempotency-Key with another body", async () => {
      const { system } = running();
      const headers = { "idempotency-key": newEventId() };
      const body = { name: "Nasabah sekali", waste_bank: "bank-1" };
      const [once, again] = [
        await system.admin.post("/v1/members", body, headers),
        await system.admin.post("/v1/members", body, headers),
      ];
      expect(again).toEqual(once);
      const other = await system.admin.post("/v1/members", { ...body, name: "Nasabah lain" }, headers);
      expectProblem(other, { status: 409, code: "key_reused", words: /used for another request/ });
      const names = (await system.admin.all("/v1/members?waste_bank=bank-1")).map(({ name }) => name);
      expect(names.filter((name) => name === "Nasabah sekali")).toHaveLength(1);
    });
  });

  describe("at the terminal", () => {
    let bags = 0;
    /** A weight that no bag before had, in grams: by so much that no scale takes it for the one before. */
    const anotherBagG = (): number => 600 + 35 * ++bags;

    /** Puts another bag on and has it booked. */
    const booked = async ({ counter, scale, member }: Stage, id = newEventId()): Promise<Answer["body"]> => {
      scale.weightG = anotherBagG();
      return await until("a deposit", async () => {
        const lines = [{ material: PET.id }];
        const answer = await counter.terminal.post("/deposits", { id, member: member.number, lines });
        return answer.status === 201 && answer.body;
      });
    };

    it.each([
      {
        name: "a member that does not exist",
        change: { member: "TIDAK-ADA" },
        status: 422,
        code: "unknown_member",
        words: /TIDAK-ADA/,
      },
      {
        name: "a material that does not exist",
        change: { lines: [{ material: "emas" }] },
        status: 422,
        code: "unknown_material",
        words: /emas/,
      },
      {
        name: "a material that has no price",
        change: { lines: [{ material: "tanpa-harga" }] },
        status: 422,
        code: "no_price",
        words: /tanpa-harga/,
      },
      {
        name: "a scale that does not exist",
        change: { lines: [{ material: PET.id, scale: "scale-9" }] },
        status: 422,
        code: "unknown_scale",
        words: /scale-c/,
      },
      {
        name: "a weight that is typed in",
        change: { lines: [{ material: PET.id, net_g: 5_000 }] },
        status: 400,
        code: "invalid_request",
        words: /additional properties/,
      },
      {
        name: "a negative weight on the scale",
        weightG: -500,
        status: 409,
        code: "negative",
        words: /di bawah nol/,
      },
      {
        name: "a deposit id with another body",
        repeats: true,
        status: 409,
        code: "conflict",
        words: /isi yang berbeda/,
      },
    ])("$name", async ({ change = {}, weightG, repeats, status, code, words }) => {
      const { system, prepared } = running();
      const { counter, scale, member } = prepared;
      const id = newEventId();
      const first = await booked(prepared, repeats ? id : undefined);
      const body = {
        id,
        member: member.number,
        lines: [{ material: repeats ? "kardus" : PET.id }],
        ...change,
      };
      scale.weightG = weightG ?? anotherBagG();
      // Until the scale has come to rest, that is what the terminal answers.
      const answer = await until("a refusal of the request itself", async () => {
        const found = await counter.terminal.post("/deposits", body);
        return !["moving", "weighing_used", "stale"].includes(found.body.code) && found;
      });
      expectProblem(answer, { status, code, words });
      const next = await booked(prepared);
      await expectPosted(system, [first.id, next.id]);
    });
  });
});

import { createServer } from "node:net";
import { ENVELOPE_BYTES_MAX, ENVELOPE_ITEMS_MAX, Envelope } from "@jumpa-madu/contracts/envelope";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { DEPOSIT_LINES_MAX, type Deposit, type DepositLine } from "@jumpa-madu/contracts/records";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { describe, expect, test } from "vitest";
import type { OneRecord } from "../outbox/outbox.ts";
import { check } from "../outbox/outbox-fixture.ts";
import { testBroker, until } from "./broker-fixture.ts";
import { appendLevels, listening, node } from "./uplink-fixture.ts";

/** A deposit as large as they come. */
function largeDeposit(number: number): OneRecord {
  const id = newEventId();
  const line: DepositLine = {
    material: "m".repeat(64),
    price: id,
    price_idr_per_kg: 1000,
    gross_g: 1000,
    tare_g: 0,
    net_g: 1000,
    stable: true,
    scale: "s".repeat(64),
    raw: "00".repeat(17),
    amount_idr: 1000,
  };
  const lines = Array.from({ length: DEPOSIT_LINES_MAX }, () => line);
  const record: Deposit = {
    kind: "deposit",
    id,
    t: 1_790_000_000_000 + number,
    waste_bank: "melati",
    member: id,
    receipt_no: "R-1",
    lines,
    total_idr: 100_000,
  };
  return { key: id, request: number, make: () => ({ record, answer: {} }) };
}

describe("bounds", () => {
  test("an envelope holds at most 500 items and 128 KiB", async () => {
    const { broker, outbox } = await node({
      prepare: (box) => {
        appendLevels(box, 1, 1200);
        // Deposits of a hundred lines have over 30 KiB each.
        for (let number = 1; number <= 6; number++) box.recordOnce(largeDeposit(number));
      },
    });
    await until(() => outbox.backlog().readings + outbox.backlog().records === 0, "all acknowledged");
    for (const { envelope, bytes } of broker.arrived) {
      expect(checkerOf(Envelope).fits(envelope)).toBe(true);
      expect(envelope.items.length).toBeLessThanOrEqual(ENVELOPE_ITEMS_MAX);
      expect(bytes).toBeLessThanOrEqual(ENVELOPE_BYTES_MAX);
    }
    const largest = Math.max(...broker.arrived.map(({ envelope }) => envelope.items.length));
    expect(largest).toBe(ENVELOPE_ITEMS_MAX);
    expect(Math.max(...broker.arrived.map(({ bytes }) => bytes))).toBeGreaterThan(ENVELOPE_BYTES_MAX / 2);
  });

  test("the window holds: 8 envelopes of readings at first, 1 of records, and ingest moves the one of readings", async () => {
    const { broker, outbox } = await node({
      limits: { resend: { firstMs: 60_000, maxMs: 60_000 } },
      prepare: (box, at) => {
        at.script = () => undefined;
        appendLevels(box, 1, 20 * ENVELOPE_ITEMS_MAX);
        box.recordOnce(check("first"));
      },
    });
    const sent = (stream: string) => broker.arrived.filter((one) => one.stream === stream).length;
    const { epoch } = outbox;
    await until(() => sent("readings") === 8 && sent("records") === 1, "window full");
    const acknowledge = (fields: object) => broker.publish("ack", JSON.stringify({ epoch, ...fields }));
    for (const key of ["second", "third"]) outbox.recordOnce(check(key));
    await acknowledge({ stream: "records", upto: 0, window: 32 });
    await acknowledge({ stream: "readings", upto: 500, window: 2 });
    await until(() => outbox.floor("readings") === 501, "acknowledged");
    // Seven are still in flight, so the lowered window lets none out.
    expect(sent("readings")).toBe(8);
    await acknowledge({ stream: "readings", upto: 3500 });
    await until(() => sent("readings") === 9, "one more");
    // The window of records cannot be moved: an envelope of them would have come before that one.
    expect(sent("records")).toBe(1);
    await acknowledge({ stream: "records", upto: 1 });
    await until(() => sent("records") === 2, "second envelope of records");
    expect(broker.arrived.at(-1)?.envelope.items).toHaveLength(2);
    await acknowledge({ stream: "readings", upto: 3500, window: 12 });
    await until(() => sent("readings") === 19, "twelve in flight");
  });

  test("records are not held up by readings that nobody acknowledges", async () => {
    const { broker, outbox } = await node({
      prepare: (box, at) => {
        at.script = ({ stream }, acknowledge) => {
          if (stream === "records") acknowledge();
        };
        appendLevels(box, 1, 20 * ENVELOPE_ITEMS_MAX);
      },
    });
    await until(() => broker.arrived.length >= 8, "window full");
    outbox.recordOnce(check("a"));
    await until(() => outbox.backlog().records === 0, "record acknowledged");
    expect(outbox.backlog().readings).toBe(20 * ENVELOPE_ITEMS_MAX);
  });

  test("a broker that drops the node as soon as it is connected is tried ever more seldom", async () => {
    const times: number[] = [];
    const rude = createServer((socket) => {
      times.push(performance.now());
      socket.once("data", () => {
        socket.write(Buffer.from([0x20, 2, 0, 0]));
        socket.once("data", (packet: Buffer) => {
          socket.end(Buffer.from([0x90, 4, packet[2] ?? 0, packet[3] ?? 0, 1, 1]));
        });
      });
      socket.on("error", () => undefined);
    });
    const url = await listening(rude);
    const broker = { ...(await testBroker()), url };
    await node({ broker, limits: { reconnect: { firstMs: 20, maxMs: 10_000 } } });
    await until(() => times.length >= 5, "five connections");
    // 20, 40, 80, 160 ms, each spread by a quarter at most.
    expect((times[4] ?? 0) - (times[3] ?? 0)).toBeGreaterThanOrEqual(115);
  });

  test("after a connection that held for steadyMs the waits begin anew", async () => {
    const broker = await testBroker();
    const limits = { steadyMs: 0, reconnect: { firstMs: 50, maxMs: 60_000 } };
    const { uplink } = await node({ broker, limits });
    // Doubled at every loss, the eighth wait alone would take longer than the test may.
    for (let loss = 1; loss <= 10; loss++) {
      await until(() => uplink.isConnected(), `connection ${loss}`);
      broker.cut();
      await until(() => !uplink.isConnected(), `loss ${loss}`);
    }
  });

  test("a connection on which nothing is confirmed is given up after unconfirmedMax publishes", async () => {
    const deaf = await deafBroker();
    const broker = { ...(await testBroker()), url: deaf.url };
    await node({ broker, limits: { unconfirmedMax: 4 }, prepare: (box) => appendLevels(box, 1, 1) });
    await until(() => deaf.connections() >= 2, "connected anew");
  });

  test("a farewell that is not confirmed within farewellMs does not hold up the stop", async () => {
    const deaf = await deafBroker();
    const broker = { ...(await testBroker()), url: deaf.url };
    const { uplink } = await node({ broker, limits: { farewellMs: 50 } });
    await until(() => uplink.isConnected(), "connected");
    const began = performance.now();
    await uplink.stop();
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test("a broker that does not answer within connectTimeoutMs is tried again", async () => {
    let connections = 0;
    const silent = createServer((socket) => {
      connections += 1;
      socket.on("error", () => undefined);
    });
    const broker = { ...(await testBroker()), url: await listening(silent) };
    await node({ broker, limits: { connectTimeoutMs: 50 } });
    await until(() => connections >= 2, "second attempt");
  });
});

/** A broker that answers CONNECT and SUBSCRIBE, and then confirms nothing any more. */
async function deafBroker(): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.once("data", () => {
      socket.write(Buffer.from([0x20, 2, 0, 0]));
      socket.once("data", (packet: Buffer) => {
        socket.write(Buffer.from([0x90, 4, packet[2] ?? 0, packet[3] ?? 0, 1, 1]));
        socket.on("data", () => undefined);
      });
    });
    socket.on("error", () => undefined);
  });
  return { url: await listening(server), connections: () => connections };
}

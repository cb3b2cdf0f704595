/** Limits that Aedes itself keeps, hit. */
import { createServer } from "node:net";
import mqttPacket from "mqtt-packet";
import { expect, onTestFinished, test } from "vitest";
import { createAedes } from "./aedes-broker.ts";
import type { Authentication } from "./authentication.ts";
import { connectPacket, connectRaw, memoryLog, openRaw, testConfig, until } from "./broker-fixture.ts";
import { GatedConnection } from "./gated-connection.ts";
import { DELIVERY_CONCURRENCY, EARLY_PACKETS_MAX } from "./limits.ts";
import { listen } from "./listeners.ts";
import { createMetrics } from "./metrics.ts";
import { PacketGate } from "./packet-gate.ts";
import { createNoteRefusal } from "./refusals.ts";
import { Sessions } from "./sessions.ts";

const NODE: Authentication = {
  ok: true,
  identity: { kind: "node", id: "bin-1", shard: "a" },
  secret: "",
};

/** Aedes as the broker has it, which lets in whomever the test does. */
async function serve(authenticate: () => Promise<Authentication>) {
  const { log } = memoryLog();
  const metrics = createMetrics();
  const aedes = await createAedes({
    authenticate,
    sessions: new Sessions(),
    limits: testConfig().limits,
    metrics,
    noteRefusal: createNoteRefusal(log, metrics),
    log,
  });
  const server = createServer((socket) => {
    const limits = { connectBytesMax: 10_000, packetBytesMax: 10_000 };
    const events = { onFault: () => undefined, onBytes: () => undefined };
    aedes.handle(new GatedConnection(socket, "127.0.0.1", { gate: new PacketGate(limits), events }));
  });
  const port = await listen(server, { host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    server.close();
    await new Promise<void>((resolve) => aedes.close(resolve));
  });
  return { aedes, port };
}

test(`${DELIVERY_CONCURRENCY} messages are delivered at one time, the others wait and are delivered later`, async () => {
  const { aedes, port } = await serve(async () => NODE);
  const held: (() => void)[] = [];
  let delivered = 0;
  const deliver = (_packet: unknown, done: () => void) => {
    delivered++;
    held.push(done);
  };
  const topic = "jm/v1/a/bin-1/readings";
  await new Promise<void>((resolve) => aedes.subscribe(topic, deliver, resolve));
  const messages = 3 * DELIVERY_CONCURRENCY;
  const node = await connectRaw(port, "bin-1", "");
  const packet = mqttPacket.generate({
    cmd: "publish",
    topic,
    payload: "{}",
    qos: 0,
    dup: false,
    retain: false,
  });
  for (let sent = 0; sent < messages; sent++) node.socket.write(packet);
  await until("as many as there are places", () => held.length >= DELIVERY_CONCURRENCY);
  // Turns enough for one more to be delivered, if it were.
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  expect(held).toHaveLength(DELIVERY_CONCURRENCY);
  await until("all are delivered", () => {
    for (const done of held.splice(0)) done();
    return delivered === messages;
  });
  node.socket.destroy();
});

test(`${EARLY_PACKETS_MAX} packets may come before the CONNACK, and one more disconnects`, async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Authentication>();
  const { port } = await serve(() => {
    asked.resolve();
    return answer.promise;
  });
  const early = async (pings: number) => {
    const raw = await openRaw(port);
    const ping = mqttPacket.generate({ cmd: "pingreq" });
    raw.socket.write(
      Buffer.concat([mqttPacket.generate(connectPacket("bin-1", "")), ...Array(pings).fill(ping)]),
    );
    return raw;
  };
  const hasty = await early(EARLY_PACKETS_MAX + 1);
  await hasty.closed();
  expect(hasty.packets).toEqual([]);
  const eager = await early(EARLY_PACKETS_MAX);
  await asked.promise;
  answer.resolve(NODE);
  await eager.next("connack");
  await until("every ping is answered", () => eager.packets.length === EARLY_PACKETS_MAX);
  eager.socket.destroy();
});

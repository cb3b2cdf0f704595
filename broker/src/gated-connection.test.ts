import { once } from "node:events";
import { Duplex } from "node:stream";
import mqttPacket from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { GatedConnection } from "./gated-connection.ts";
import { PacketGate } from "./packet-gate.ts";

const CONNECT = mqttPacket.generate({
  cmd: "connect",
  protocolId: "MQTT",
  protocolVersion: 4,
  clientId: "bin-1",
  clean: true,
  keepalive: 30,
});

/** A socket whose other side the test plays. */
function fakeSocket() {
  const taken: { bytes: Buffer; done: () => void }[] = [];
  const socket = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      taken.push({ bytes, done });
    },
  });
  return { socket, taken };
}

function gated(socket: Duplex) {
  const faults: string[] = [];
  const bytes = { in: 0, out: 0 };
  const connection = new GatedConnection(socket, "1.1.1.1", {
    gate: new PacketGate({ connectBytesMax: 100, packetBytesMax: 1_000_000 }),
    events: {
      onFault: (fault) => void faults.push(fault),
      onBytes: (direction, count) => {
        bytes[direction] += count;
      },
    },
  });
  return { connection, faults, bytes };
}

describe("gated connection", () => {
  test("hands over all that has arrived at one read, since Aedes reads once an event and Node 26 answers by chunk", async () => {
    const { socket } = fakeSocket();
    const { connection, bytes } = gated(socket);
    const readable = once(connection, "readable");
    for (const byte of CONNECT) socket.push(Buffer.of(byte));
    await readable;
    await new Promise(setImmediate);
    expect(connection.read()).toEqual(CONNECT);
    expect(bytes.in).toBe(CONNECT.length);
  });

  test("hands over nothing of a chunk that breaks the rules, tells once, and closes both sides", async () => {
    const { socket } = fakeSocket();
    const { connection, faults } = gated(socket);
    const closed = once(connection, "close");
    connection.on("readable", () => connection.read());
    socket.push(Buffer.from("c000", "hex"));
    socket.push(Buffer.from("c000", "hex"));
    await closed;
    expect(faults).toEqual(["connect_missing"]);
    expect(socket.destroyed).toBe(true);
  });

  test("stops the socket while nobody reads", async () => {
    const { socket } = fakeSocket();
    const { connection } = gated(socket);
    socket.push(CONNECT);
    const readable = once(connection, "readable");
    await readable;
    // A PUBLISH whose body is larger than any buffer.
    socket.push(Buffer.from("30a08d06", "hex"));
    for (let i = 0; i < 10; i++) socket.push(Buffer.alloc(10_000));
    await new Promise(setImmediate);
    expect(socket.isPaused()).toBe(true);
    expect(connection.readableLength).toBeLessThan(150_000);
  });

  test("is full while the socket has not taken what was written, and drains when it has", async () => {
    const { socket, taken } = fakeSocket();
    const { connection, bytes } = gated(socket);
    expect(connection.write(Buffer.alloc(200_000))).toBe(false);
    expect(connection.writableNeedDrain).toBe(true);
    const drained = once(connection, "drain");
    taken[0]?.done();
    await drained;
    expect(bytes.out).toBe(200_000);
  });

  test("ends with the socket, and passes its error on", async () => {
    const { socket } = fakeSocket();
    const { connection } = gated(socket);
    const failed = once(connection, "error");
    socket.destroy(new Error("reset"));
    expect(await failed).toMatchObject([{ message: "reset" }]);
    expect(connection.destroyed).toBe(true);
  });
});

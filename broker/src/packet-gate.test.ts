import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { type PacketFault, PacketGate } from "./packet-gate.ts";

const LIMITS = { connectBytesMax: 100, packetBytesMax: 1000 };
const CONNECT = mqttPacket.generate({
  cmd: "connect",
  protocolId: "MQTT",
  protocolVersion: 4,
  clientId: "bin-1",
  clean: true,
  keepalive: 30,
});
const publish = (payloadBytes: number) =>
  mqttPacket.generate({
    cmd: "publish",
    topic: "t",
    payload: Buffer.alloc(payloadBytes),
    qos: 0,
    retain: false,
    dup: false,
  });

const CASES: { name: string; bytes: Buffer; expected: PacketFault | null }[] = [
  { name: "a CONNECT", bytes: CONNECT, expected: null },
  {
    name: "a CONNECT and empty packets",
    bytes: Buffer.concat([CONNECT, Buffer.from("c000c000e000", "hex")]),
    expected: null,
  },
  {
    name: "a CONNECT and a packet of the largest size",
    bytes: Buffer.concat([CONNECT, publish(994)]),
    expected: null,
  },
  {
    name: "a packet one byte too large",
    bytes: Buffer.concat([CONNECT, publish(995)]),
    expected: "packet_bytes",
  },
  {
    name: "only the header of a packet of 256 MB",
    bytes: Buffer.concat([CONNECT, Buffer.from("32ffffff7f", "hex")]),
    expected: "packet_bytes",
  },
  {
    name: "a CONNECT larger than its own limit",
    bytes: Buffer.from("1063", "hex"),
    expected: "packet_bytes",
  },
  {
    name: "a first packet that is no CONNECT",
    bytes: Buffer.from("c000", "hex"),
    expected: "connect_missing",
  },
  { name: "HTTP", bytes: Buffer.from("GET / HTTP/1.1\r\n\r\n"), expected: "connect_missing" },
  {
    name: "a length of five bytes",
    bytes: Buffer.from("1080808080", "hex"),
    expected: "packet_length_malformed",
  },
  {
    name: "a SUBSCRIBE with message id 0",
    bytes: Buffer.concat([CONNECT, Buffer.from("820600000001740100", "hex")]),
    expected: "message_id_zero",
  },
  {
    name: "an UNSUBSCRIBE with message id 0",
    bytes: Buffer.concat([CONNECT, Buffer.from("a2050000000174", "hex")]),
    expected: "message_id_zero",
  },
  {
    name: "a SUBSCRIBE with message id 256",
    bytes: Buffer.concat([CONNECT, Buffer.from("8206010000017401", "hex")]),
    expected: null,
  },
];

describe("packet gate", () => {
  test.each(CASES)("judges $name", ({ bytes, expected }) => {
    expect(new PacketGate(LIMITS).admit(bytes)).toBe(expected);
  });

  test("judges the same however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CASES),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        ({ bytes, expected }, cuts) => {
          const gate = new PacketGate(LIMITS);
          let fault: PacketFault | null = null;
          for (let at = 0, i = 0; at < bytes.length && fault === null; i++) {
            const size = cuts[i % cuts.length] ?? 1;
            fault = gate.admit(bytes.subarray(at, at + size));
            at += size;
          }
          expect(fault).toBe(expected);
        },
      ),
    );
  });

  test("never throws on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        new PacketGate(LIMITS).admit(bytes);
      }),
    );
  });
});

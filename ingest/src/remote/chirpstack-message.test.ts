import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseChirpstackMessage } from "./chirpstack-message.ts";

const uplink = (more: object = {}) => ({
  deduplicationId: "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
  time: "2026-11-24T05:00:00.434077+00:00",
  deviceInfo: {
    tenantName: "ChirpStack",
    applicationName: "bins",
    deviceName: "bin-7",
    devEui: "a84041000181c061",
  },
  devAddr: "00189440",
  adr: true,
  dr: 1,
  fCnt: 4,
  fPort: 85,
  confirmed: true,
  data: "AXVcA2cBAQSCRAgFAAE=",
  rxInfo: [{ gatewayId: "0016c001f153a14c", uplinkId: 4217106255, rssi: -36, snr: 10.5 }],
  ...more,
});
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(uplink()).filter(([name]) => !names.includes(name)));

describe("parseChirpstackMessage", () => {
  test("reads an uplink", () => {
    expect(parseChirpstackMessage("up", uplink())).toEqual({
      kind: "uplink",
      uplink: {
        devEui: "a84041000181c061",
        port: 85,
        counter: 4,
        payload: Buffer.from("01755c0367010104824408050001", "hex"),
        atMs: Date.parse("2026-11-24T05:00:00.434Z"),
        mark: "3ac7e3c4-4401-4b8d-9386-a5c902f9202d/4",
      },
    });
  });

  test("takes left out counters and ports for zero, and left out data for none", () => {
    expect(parseChirpstackMessage("up", without("fCnt", "fPort", "data"))).toMatchObject({
      uplink: { port: 0, counter: 0, payload: Buffer.alloc(0) },
    });
  });

  test.each(["join", "ack", "txack", "log", "status", "location", "integration"])(
    "knows %s as something else, whatever its body",
    (event) => {
      expect(parseChirpstackMessage(event, undefined)).toEqual({ kind: "event", event });
    },
  );

  test.each([
    ["no event", undefined, uplink(), "?event="],
    ["an unknown event", "constructor", uplink(), "?event="],
    ["a list", "up", [], "/"],
    ["no device", "up", without("deviceInfo"), "deviceInfo"],
    ["no DevEUI", "up", uplink({ deviceInfo: {} }), "/deviceInfo/devEui must be 16"],
    ["no time", "up", without("time"), "/time must be"],
    ["data that is no base64", "up", uplink({ data: "AXVc=" }), "/data must be base64"],
    ["a counter below zero", "up", uplink({ fCnt: -1 }), "/fCnt"],
  ])("refuses %s and says where", (_name, event, value, reason) => {
    expect(parseChirpstackMessage(event, value)).toMatchObject({
      kind: "fault",
      fault: { code: "schema", reason: expect.stringContaining(reason) },
    });
  });

  test("never throws, whatever the body", () => {
    const members = fc.dictionary(fc.constantFrom(...Object.keys(uplink())), fc.jsonValue());
    fc.assert(
      fc.property(fc.oneof(members, fc.jsonValue()), (value) => {
        expect(["uplink", "event", "fault"]).toContain(parseChirpstackMessage("up", value).kind);
      }),
    );
  });
});

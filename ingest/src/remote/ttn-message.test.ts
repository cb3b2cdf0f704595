import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PAYLOAD_BYTES_MAX } from "./lorawan-message.ts";
import { parseTtnMessage } from "./ttn-message.ts";

const uplink = (more: object = {}, message: object = {}) => ({
  end_device_ids: {
    device_id: "bin-7",
    application_ids: { application_id: "bins" },
    dev_eui: "A84041000181C061",
    join_eui: "800000000000000C",
    dev_addr: "00BCB929",
  },
  correlation_ids: ["as:up:01"],
  received_at: "2026-11-24T05:00:01.123456789Z",
  uplink_message: {
    session_key_id: "AXA50tHUCYWWh5PuC2rY5Q==",
    f_port: 2,
    f_cnt: 17,
    frm_payload: "C0ULBQABBQE=",
    rx_metadata: [{ gateway_ids: { gateway_id: "gtw1" }, rssi: -35, snr: 5 }],
    settings: { data_rate: { lora: { bandwidth: 125000, spreading_factor: 7 } }, frequency: "923200000" },
    received_at: "2026-11-24T05:00:00.923Z",
    ...message,
  },
  ...more,
});
/** Without the members that are zero, as the server sends it. */
function without(value: ReturnType<typeof uplink>, ...names: string[]) {
  const rest = Object.entries(value.uplink_message).filter(([name]) => !names.includes(name));
  return { ...value, uplink_message: Object.fromEntries(rest) };
}

describe("parseTtnMessage", () => {
  test("reads an uplink, at the time when the network server received it", () => {
    expect(parseTtnMessage(uplink())).toEqual({
      kind: "uplink",
      uplink: {
        devEui: "a84041000181c061",
        port: 2,
        counter: 17,
        payload: Buffer.from("0b450b0500010501", "hex"),
        atMs: Date.parse("2026-11-24T05:00:00.923Z"),
        mark: "AXA50tHUCYWWh5PuC2rY5Q==/17",
      },
    });
  });

  test("takes left out counters and ports for zero, and a left out payload for none", () => {
    expect(parseTtnMessage(without(uplink(), "f_cnt", "f_port", "frm_payload"))).toMatchObject({
      uplink: { port: 0, counter: 0, payload: Buffer.alloc(0), mark: "AXA50tHUCYWWh5PuC2rY5Q==/0" },
    });
    expect(parseTtnMessage({ ...uplink(), uplink_message: {} })).toMatchObject({
      uplink: { port: 0, counter: 0, atMs: Date.parse("2026-11-24T05:00:01.123Z") },
    });
  });

  test("without a session, names an uplink by its time, so that a counter that began anew is no repeat", () => {
    const first = parseTtnMessage(without(uplink(), "session_key_id"));
    const later = parseTtnMessage(
      without(uplink({}, { received_at: "2026-11-25T05:00:00Z" }), "session_key_id"),
    );
    expect(first.kind === "uplink" && first.uplink.mark).toMatch(/^at \d+\/17$/);
    expect(
      first.kind === "uplink" && later.kind === "uplink" && later.uplink.mark !== first.uplink.mark,
    ).toBe(true);
  });

  test.each(["join_accept", "downlink_sent", "location_solved", "service_data", "uplink_normalized"])(
    "knows %s as something else",
    (event) => {
      expect(parseTtnMessage({ end_device_ids: {}, [event]: {} })).toEqual({ kind: "event", event });
    },
  );

  test("takes no uplink that a person has made up at the console", () => {
    expect(parseTtnMessage(uplink({ simulated: true }))).toEqual({ kind: "event", event: "simulated" });
  });

  test.each([
    ["a text", "hello", "/ must be an object"],
    ["null", null, "/ must be an object"],
    ["a message of another system", { data: 1 }, "no uplink_message"],
    ["no device", { uplink_message: {} }, "end_device_ids"],
    ["no DevEUI", uplink({ end_device_ids: {} }), "/end_device_ids/dev_eui must be 16"],
    ["a DevEUI that is too short", uplink({ end_device_ids: { dev_eui: "A8404100" } }), "must be 16"],
    ["no time", { ...without(uplink(), "received_at"), received_at: undefined }, "/received_at"],
    ["a time in words", uplink({}, { received_at: "24 Nov 2026" }), "/received_at must be"],
    ["a 13th month", uplink({}, { received_at: "2026-13-24T05:00:00Z" }), "/received_at must be"],
    ["a counter that is a text", uplink({}, { f_cnt: "17" }), "/uplink_message/f_cnt"],
    ["a port beyond a byte", uplink({}, { f_port: 256 }), "/uplink_message/f_port"],
    ["a payload in hexadecimal", uplink({}, { frm_payload: "0b450b050" }), "must be base64"],
    [
      "a payload beyond a frame",
      uplink({}, { frm_payload: Buffer.alloc(PAYLOAD_BYTES_MAX + 1).toString("base64") }),
      `holds ${PAYLOAD_BYTES_MAX + 1} bytes`,
    ],
  ])("refuses %s and says where", (_name, value, reason) => {
    expect(parseTtnMessage(value)).toMatchObject({
      kind: "fault",
      fault: { code: "schema", reason: expect.stringContaining(reason) },
    });
  });

  test("never throws, whatever stands in place of any member", () => {
    const members = fc.record(
      {
        end_device_ids: fc.oneof(fc.jsonValue(), fc.record({ dev_eui: fc.jsonValue() })),
        received_at: fc.jsonValue(),
        uplink_message: fc.oneof(
          fc.jsonValue(),
          fc.record({ f_cnt: fc.jsonValue(), frm_payload: fc.jsonValue() }, { requiredKeys: [] }),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(members, fc.jsonValue()), (value) => {
        expect(["uplink", "event", "fault"]).toContain(parseTtnMessage(value).kind);
      }),
    );
  });
});

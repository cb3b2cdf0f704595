import type { BinSensorProtocol, ScaleProtocol } from "@jumpa-madu/contracts/protocols";
import { Random } from "@jumpa-madu/contracts/random";
import { describe, expect, onTestFinished, test } from "vitest";
import { Bin } from "./bin.ts";
import { type BinSensorModel, createDevice } from "./device-catalogue.ts";
import { latin1 } from "./device-model.ts";
import { eventually, openHost, tempLink } from "./host-port.ts";
import type { ScaleModel } from "./scale-model.ts";
import { startDevice } from "./simulated-device.ts";

/** What a host sends to each device to be told the value, and how the answer looks over an empty pan or bin. */
const DEVICES = [
  { key: "cas-22", requests: [], expected: "ST,GS,1\xc5,0000.000 kg\r\n" },
  { key: "cas-pd2", requests: [], expected: "\x02ST,GS,+ 0.000 kg\r" },
  { key: "cas-dc1", requests: ["\x05", "\x11"], expected: "\x01\x02S 00.000kga\x03\x04" },
  { key: "toledo-8217", requests: ["W"], expected: "\x0200.000\r" },
  { key: "toledo-continuous", requests: [], expected: "\x02=0 000000000000\r" },
  { key: "xk3190-a9", requests: [], expected: "\x02+000000318\x03" },
  { key: "xk3190-a12-w", requests: [], expected: "ww000.000kg\r\n" },
  { key: "xk3190-a12e-chk", requests: [], expected: "WG000.000kg32\r\n" },
  { key: "xk3190-rev", requests: [], expected: "=000.0000=" },
  { key: "xk3190-fwd", requests: [], expected: "=0000.000=" },
  { key: "nci", requests: ["W\r"], expected: "\n  0.000kg\r\n20\r\x03" },
  { key: "berkel", requests: ["\x05", "\x11"], expected: "\x02)00000\x19\x03" },
  { key: "me007ys", requests: [], expected: "\xff\x07\xa1\xa7" },
  { key: "a01nyub", requests: [], expected: "\xff\x07\xa1\xa7" },
  { key: "jsn-sr04t", requests: [], expected: "\xff\x07\xa1\xa7" },
  { key: "jsn-sr04t-polled", requests: ["U"], expected: "\xff\x07\xa1\xa7" },
  { key: "maxbotix-mm", requests: [], expected: "R1953\r" },
  { key: "tfmini", requests: [], expected: "YY\xc3\x00" },
  { key: "tfmini-pix", requests: [], expected: "1.95\r\n" },
] as const satisfies { key: ScaleProtocol | BinSensorProtocol; requests: string[]; expected: string }[];

type Key = (typeof DEVICES)[number]["key"];

function newDevice(key: Key, seed = 7): ScaleModel | BinSensorModel {
  const bin = new Bin({ seed, emptyMm: 1953, fillPerDay: 0 });
  return createDevice(key, { seed, bin });
}

/** What a device says of a load that comes and goes, unasked or asked. */
function sayings(device: ScaleModel | BinSensorModel, requests: readonly string[]): Uint8Array[] {
  const said: Uint8Array[] = [];
  for (let ms = 0; ms < 6000; ms += 10) {
    if ("pan" in device && ms === 1000) device.pan.place(1235);
    if ("pan" in device && ms === 4000) device.pan.remove();
    said.push(...device.tick(ms));
    if (ms % 500 === 0) said.push(...requests.flatMap((request) => device.receive(latin1(request), ms)));
  }
  return said;
}

describe.each(DEVICES)("the device $key", ({ key, requests, expected }) => {
  test("says the same for the same seed, and every saying can be spoilt", () => {
    const said = sayings(newDevice(key), requests);
    expect(said.length).toBeGreaterThan(10);
    expect(sayings(newDevice(key), requests)).toEqual(said);
    const random = new Random(1);
    for (const frame of said) {
      const spoilt = newDevice(key).spoil(frame, random);
      expect(spoilt).toHaveLength(frame.length);
      expect(spoilt).not.toEqual(frame);
    }
  });

  test("bears any bytes from the host", () => {
    const random = new Random(3);
    const device = newDevice(key);
    for (let ms = 0; ms < 4000; ms += 20) {
      device.receive(random.bytes(random.integer(1, 40)), ms);
      device.tick(ms);
    }
    expect(device.endlessByte).toBeLessThanOrEqual(0xff);
  });

  test("is read by a host at the end of a port that is set as the device is", async () => {
    const model = newDevice(key);
    const device = startDevice({ model, link: tempLink(), seed: 1 });
    onTestFinished(() => device.stop());
    const host = await openHost(device.path, model.baud);
    let asked = performance.now();
    let turn = 0;
    await eventually(() => {
      // One request after the other, each with the time that a slow line takes to answer.
      if (requests.length > 0 && performance.now() - asked > 100) {
        host.port.write(latin1(requests[turn % requests.length] ?? ""));
        turn += 1;
        asked = performance.now();
      }
      expect(host.received().toString("latin1")).toContain(expected);
    });
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { type DeviceModel, latin1 } from "./device-model.ts";
import { closeHost, eventually, openHost, tempLink } from "./host-port.ts";
import { type SimulatedDevice, startDevice } from "./simulated-device.ts";
import { newSteadySensor, STEADY_FRAME } from "./steady-sensor-fixture.ts";

function start<M extends DeviceModel>(model: M, showsParityBit?: boolean): SimulatedDevice<M> {
  const device = startDevice({ model, link: tempLink(), seed: 1, showsParityBit });
  onTestFinished(() => device.stop());
  return device;
}

/** A device of 7E1 that answers each W with the same line and keeps what it heard. */
class EvenScale implements DeviceModel {
  readonly baud = 9600;
  readonly dataBits = 7;
  readonly parity = "even";
  readonly endlessByte = 0x30;
  readonly heard: number[] = [];

  tick(): Uint8Array[] {
    return [];
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    this.heard.push(...bytes);
    return [...bytes].filter((byte) => byte === 0x57).map(() => latin1("W1.\r"));
  }

  spoil(frame: Uint8Array): Uint8Array {
    return frame;
  }
}

test.for([1200, 4800, 12_345, 19_200, 38_400, 115_200])(
  "a host that opens a sensor of 9600 baud at %i never hears a frame",
  async (baud) => {
    const device = start(newSteadySensor());
    const host = await openHost(device.path, baud);
    // The line garbles 40 bytes, of which a slow host may hear none.
    await eventually(() => expect(device.counts.sentBytes).toBeGreaterThan(40));
    await closeHost(host.port);
    expect(host.received().toString("hex")).not.toContain(STEADY_FRAME);
    // The lock of the first opening may outlive its end by a moment.
    const right = await eventually(() => openHost(device.path, 9600));
    await eventually(() => expect(right.received().toString("hex")).toContain(STEADY_FRAME));
  },
);

test("a host that reads too fast hears bytes, only not those that were sent", async () => {
  const host = await openHost(start(newSteadySensor()).path, 19_200);
  await eventually(() => expect(host.received().length).toBeGreaterThan(20));
  expect(host.received().toString("hex")).not.toContain("07a1");
});

test("a baud that the host sets later is believed at once", async () => {
  const host = await openHost(start(newSteadySensor()).path, 19_200);
  await eventually(() => expect(host.received().length).toBeGreaterThan(8));
  const { promise, resolve } = Promise.withResolvers<void>();
  host.port.update({ baudRate: 9600 }, () => resolve());
  await promise;
  await eventually(() => expect(host.received().toString("hex")).toContain(STEADY_FRAME + STEADY_FRAME));
});

test("what a host sends at another baud reaches the device as other bytes", async () => {
  const device = start(new EvenScale());
  const host = await openHost(device.path, 19_200);
  host.port.write("W\rW\r");
  await eventually(() => expect(device.model.heard.length).toBeGreaterThan(0));
  expect(Buffer.from(device.model.heard).toString("latin1")).not.toContain("W");
  expect(host.received()).toHaveLength(0);
});

test("a host that sets nothing reads at 9600, as on a serial port of Linux", async () => {
  const cat = spawn("cat", [start(newSteadySensor()).path], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(async () => {
    cat.kill();
    await once(cat, "exit");
  });
  let heard = "";
  cat.stdout.on("data", (bytes: Buffer) => {
    heard += bytes.toString("hex");
  });
  await eventually(() => expect(heard).toContain(STEADY_FRAME));
});

test("a host is believed to have the seven bits and the parity of the device", async () => {
  const device = start(new EvenScale());
  const host = await openHost(device.path);
  host.port.write("W");
  await eventually(() => expect(host.received().toString("hex")).toBe("57312e0d"));
});

test("the parity bit shows to a host that is said to read 8N1, and the device insists on it", async () => {
  const device = start(new EvenScale(), true);
  const host = await openHost(device.path);
  host.port.write(Uint8Array.of(0x57, 0x53, 0xd7));
  await eventually(() => expect(host.received().toString("hex")).toBe("d7b12e8d"));
  expect(device.model.heard).toEqual([0x53, 0x57]);
});

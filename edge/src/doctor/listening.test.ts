import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SocatPort, until } from "../serial/socat-port.ts";
import { type Ear, HEARD_BYTES_MAX, openEar } from "./listening.ts";

const LINE = { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 } as const;
const never = new AbortController().signal;

let port: SocatPort;
let ear: Ear;

beforeEach(async () => {
  port = new SocatPort();
  await port.plug();
  const opened = await openEar(port.path, LINE, never);
  if (opened instanceof Error) throw opened;
  ear = opened;
});
afterEach(async () => {
  await ear.close();
  await port[Symbol.asyncDispose]();
});

const heard = () => Buffer.from(ear.bytes()).toString("latin1");

describe("an ear at a port", () => {
  it("hears until it has heard enough", async () => {
    const listening = ear.listen(60_000, (bytes) => bytes.length >= 6);
    await port.send("abc");
    await port.send("def");
    await listening;
    expect(heard()).toBe("abcdef");
  });

  it("hears no longer than it is told to, and no more than it can keep", async () => {
    await port.send("x".repeat(3 * HEARD_BYTES_MAX));
    await until(() => ear.bytes().length === HEARD_BYTES_MAX);
    await ear.listen(30, () => false);
    expect(ear.bytes().length).toBe(HEARD_BYTES_MAX);
    ear.forget();
    await port.send("new");
    await until(() => heard() === "new");
  });

  it("asks, and stops listening when the port goes", async () => {
    let asked = "";
    port.onData = (bytes) => {
      asked += bytes.toString("latin1");
    };
    ear.ask("SI\r\n");
    await until(() => asked === "SI\r\n");
    const listening = ear.listen(60_000, () => false);
    await port.unplug();
    await listening;
  });

  it("is not opened where there is no port", async () => {
    expect(await openEar(`${port.path}-none`, LINE, never)).toBeInstanceOf(Error);
  });
});

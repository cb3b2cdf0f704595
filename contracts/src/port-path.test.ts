import { describe, expect, it } from "vitest";
import { parsePortPath } from "./port-path.ts";

describe("the path of a port", () => {
  it.each([
    ["/dev/ttyUSB0", { kind: "device", path: "/dev/ttyUSB0" }],
    ["/dev/serial/by-id/usb-1a86_USB", { kind: "device", path: "/dev/serial/by-id/usb-1a86_USB" }],
    ["tcp://10.0.0.7:4001", { kind: "tcp", host: "10.0.0.7", port: 4001 }],
    ["tcp://serial-server.lan:23", { kind: "tcp", host: "serial-server.lan", port: 23 }],
    ["tcp://[fe80::1]:9100", { kind: "tcp", host: "fe80::1", port: 9100 }],
  ])("%s is a place", (path, place) => {
    expect(parsePortPath(path)).toEqual({ ok: true, place });
  });

  it.each([
    "tcp://10.0.0.7",
    "tcp://:4001",
    "tcp://host:0",
    "tcp://host:70000",
    "tcp://user@host:4001",
    "tcp://host:4001/path",
    "http://host:80",
    "rfc2217://host:4001",
  ])("%s is refused with what a path looks like", (path) => {
    expect(parsePortPath(path)).toMatchObject({
      ok: false,
      fault: expect.stringContaining("tcp://host:port"),
    });
  });
});

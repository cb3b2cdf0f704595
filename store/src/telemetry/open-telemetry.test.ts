import { expect, test } from "vitest";
import { StoreError } from "../store-error.ts";
import { parseInfluxUrl } from "./influx-url.ts";
import { openTelemetry } from "./open-telemetry.ts";
import { parseSqliteUrl } from "./sqlite-file.ts";

test("a URL of another scheme is refused with those that are allowed", () => {
  for (const url of ["postgres://localhost/x", "", "telemetry.sqlite", "http://localhost:8086"]) {
    expect(() => openTelemetry(url)).toThrow(/sqlite:, influx: or influx\+https:/);
  }
});

test("a URL that does not name a database is refused without its password", () => {
  for (const url of [
    "influx://u:secret@host:8086",
    "influx://u:secret@host/a/b",
    "influx://u:secret@host/d?api=v3",
  ]) {
    const attempt = () => openTelemetry(url);
    expect(attempt).toThrow(StoreError);
    expect(attempt).not.toThrow(/secret/);
  }
  expect(() => openTelemetry("sqlite:")).toThrow(StoreError);
  expect(() => openTelemetry("sqlite:/x?max_mb=none")).toThrow(StoreError);
});

test("addresses are read with their defaults", () => {
  expect(parseInfluxUrl("influx://host/bins")).toMatchObject({
    protocol: "http",
    host: "host",
    port: 8086,
    database: "bins",
    retentionPolicy: "raw",
    credentials: null,
    writeAuthorization: null,
  });
  expect(parseInfluxUrl("influx+https://u:p%40@[::1]:1/b%20c")).toMatchObject({
    protocol: "https",
    host: "::1",
    port: 1,
    database: "b c",
    credentials: { user: "u", password: "p@" },
  });
  expect(parseSqliteUrl("sqlite:data/a%20b.sqlite?max_mb=5")).toEqual({
    path: "data/a b.sqlite",
    sizeMbMax: 5,
  });
});

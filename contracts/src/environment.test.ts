import Type from "typebox";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "./environment.ts";

const schema = Type.Object({
  JM_URL: Type.String({ pattern: "^mqtts?://" }),
  JM_SECRET: Type.String({ minLength: 20 }),
  JM_WINDOW: Type.Integer({ minimum: 1, maximum: 32, default: 8 }),
  JM_PORT: Type.Optional({ ...Type.Integer({ minimum: 0, maximum: 65_535 }), default: 1883 }),
});
const good = { JM_URL: "mqtt://127.0.0.1", JM_SECRET: "0123456789abcdefghij" };

describe("readEnvironment", () => {
  it("fills in defaults and reads numbers", () => {
    expect(readEnvironment(schema, { ...good, PATH: "/bin" })).toEqual({
      ok: true,
      value: { ...good, JM_WINDOW: 8, JM_PORT: 1883 },
    });
    expect(readEnvironment(schema, { ...good, JM_WINDOW: "32", JM_PORT: "0" })).toMatchObject({
      value: { JM_WINDOW: 32, JM_PORT: 0 },
    });
  });

  it("takes an empty variable for one that was left out, and off for none at all", () => {
    expect(readEnvironment(schema, { ...good, JM_WINDOW: "", JM_PORT: "off" })).toEqual({
      ok: true,
      value: { ...good, JM_WINDOW: 8 },
    });
    expect(readEnvironment(schema, { ...good, JM_WINDOW: "off" }).ok).toBe(false);
  });

  it("names every fault at once and repeats no value", () => {
    const outcome = readEnvironment(
      schema,
      { JM_SECRET: "hunter2", JM_WINDOW: "8s", JM_PORT: "70000", JM_SHARD: "a" },
      "JM_",
    );
    expect(outcome.ok).toBe(false);
    const faults = outcome.ok ? [] : outcome.faults;
    const names = ["JM_PORT", "JM_SECRET", "JM_SHARD", "JM_URL", "JM_WINDOW"];
    expect(new Set(faults.map((fault) => fault.split(" ")[0]))).toEqual(new Set(names));
    expect(faults.join()).not.toMatch(/hunter2|8s|70000/);
  });
});

import { expect, test } from "vitest";
import { testTerminal } from "./terminal-fixture.ts";

test("zero, tare and clear-tare are sent to the scale that is named", async () => {
  const terminal = await testTerminal();
  const { scale } = terminal;
  for (const [path, command] of [
    ["zero", "zero"],
    ["tare", "tare"],
    ["clear-tare", "clear_tare"],
  ]) {
    const answer = await terminal.post(`/scales/scale-1/${path}`, {});
    expect([answer.status, answer.body]).toEqual([202, { scale: "scale-1", command }]);
  }
  expect(scale.orders).toEqual(["zero", "tare", "clear_tare"]);
});

test.each(["scale_cannot", "scale_busy", "disconnected"] as const)(
  "a command that is not sent is refused as %s",
  async (code) => {
    const terminal = await testTerminal();
    const { scale } = terminal;
    scale.orderRefusal = code;
    expect(await terminal.post("/scales/scale-1/tare", {})).toMatchObject({ status: 409, body: { code } });
    expect(scale.orders).toEqual([]);
  },
);

test("an unknown scale, an unknown command and a body that says more are refused", async () => {
  const terminal = await testTerminal();
  const { scale } = terminal;
  expect(await terminal.post("/scales/other/zero", {})).toMatchObject({
    status: 422,
    body: { code: "unknown_scale" },
  });
  expect(await terminal.post("/scales/scale-1/read", {})).toMatchObject({ status: 404 });
  expect(await terminal.post("/scales/scale-1/zero", { force: true })).toMatchObject({ status: 400 });
  expect(await terminal.post("/scales/SCALE/zero", {})).toMatchObject({ status: 400 });
  expect(scale.orders).toEqual([]);
});

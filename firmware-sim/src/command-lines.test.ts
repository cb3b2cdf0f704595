import { expect, test } from "vitest";
import { CommandLines } from "./command-lines.ts";
import { latin1 } from "./device-model.ts";

test("bytes in any pieces give the same lines, with CR LF or LF", () => {
  const bytes = latin1("S\r\n\nTAC\nrest");
  const whole = new CommandLines(8).push(bytes);
  const lines = new CommandLines(8);
  const pieces = [...bytes].flatMap((byte) => lines.push(Uint8Array.of(byte)));
  expect(whole).toEqual([
    { ok: true, text: "S" },
    { ok: true, text: "" },
    { ok: true, text: "TAC" },
  ]);
  expect(pieces).toEqual(whole);
});

test("a line above the limit is reported once and the next is read", () => {
  const lines = new CommandLines(4);
  expect(lines.push(latin1(`${"x".repeat(10_000)}\nabcd\nabcde\nok\n`))).toEqual([
    { ok: false },
    { ok: true, text: "abcd" },
    { ok: false },
    { ok: true, text: "ok" },
  ]);
});

test("lines that end in CR pass over the LF after it", () => {
  const lines = new CommandLines(8, "cr");
  expect(lines.push(latin1("P\rT"))).toEqual([{ ok: true, text: "P" }]);
  expect(lines.push(latin1("\r\nZ\r\n"))).toEqual([
    { ok: true, text: "T" },
    { ok: true, text: "Z" },
  ]);
});

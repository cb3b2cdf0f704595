import { spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, it } from "vitest";
import { answerOf, decodeLines, REQUEST_CHARACTERS_MAX } from "./decode.ts";

const program = fileURLToPath(new URL("decode.ts", import.meta.url));
const weightLine = JSON.stringify({
  protocol: "st-gs",
  hex: Buffer.from("ST,GS,+1.005kg\r\n").toString("hex"),
});

function refusal(line: string): unknown {
  const { readings, faults } = answerOf(line);
  expect(readings).toEqual([]);
  expect(faults).toMatchObject([{ error: "bad_request" }]);
  return Reflect.get(faults[0] ?? {}, "detail");
}

it("answers a line with readings and faults in the order of the bytes", () => {
  expect(answerOf('{"protocol":"a02yyuw","hex":"a7FF07A1A7","note":"more keys are fine"}')).toEqual({
    readings: [{ distance_mm: 1953, in_range: true }],
    faults: [{ error: "partial_frame", discarded: 1 }],
  });
});

it("answers no bytes with nothing", () => {
  expect(answerOf('{"protocol":"st-gs","hex":""}')).toEqual({ readings: [], faults: [] });
});

it.each([
  ["ST,GS,+003015.0kg\r\n", "st-gs", { weight_g: 3_015_000 }],
  ["S S     100.00 g\r\n", "mt-sics", { weight_g: 100 }],
  ["\x02+012450019\x03", "xk3190-a9", { weight_g: 12_450_000 }],
  ["wn001.171kg\r\n", "xk3190-a12-w", { weight_g: 1_171 }],
  ["\xff\x07\xa1\xa7", "a02yyuw", { distance_mm: 1_953 }],
])("recognises %j as %s", (text, protocol, reading) => {
  const hex = Buffer.from(text, "latin1").toString("hex");
  expect(answerOf(JSON.stringify({ protocol: "auto", hex }))).toMatchObject({
    protocol,
    confidence: expect.any(Number),
    readings: [reading],
    faults: [],
  });
});

it("recognises nothing in noise", () => {
  expect(answerOf('{"protocol":"auto","hex":"0011223344556677"}')).toEqual({
    protocol: null,
    readings: [],
    faults: [{ error: "unparseable" }],
  });
});

it.each([
  ["milesight-em400", "01755C0367010104824408050001", { distance_mm: 2116, battery_pct: 92 }],
  ["dragino-ldds45", "0B450B0500010501", { distance_mm: 2821, battery_mv: 2885 }],
  ["firmata-host", "F40200", { firmata: "pin_mode", pin: 2, mode: 0 }],
])("reads the bytes of %s", (protocol, hex, reading) => {
  expect(answerOf(JSON.stringify({ protocol, hex }))).toMatchObject({ readings: [reading], faults: [] });
});

it("says what is wrong with a payload", () => {
  expect(answerOf('{"protocol":"milesight-em400","hex":"0175"}')).toMatchObject({
    readings: [],
    faults: [{ error: "unparseable", detail: expect.any(String) }],
  });
});

it("says which protocols exist when a line names none of them", () => {
  expect(refusal('{"protocol":"__proto__","hex":""}')).toMatch(/a02yyuw, .*st-gs.*, auto, firmata-host/);
  expect(refusal('{"hex":""}')).toMatch(/mt-sics.*milesight-em400/);
});

it.each([
  ['{"protocol":"st-gs","hex":"abc"}', "odd"],
  ['{"protocol":"st-gs","hex":"zz"}', "no hexadecimal digit"],
  ['{"protocol":"st-gs","hex":"5 3 "}', "no hexadecimal digit"],
  ['{"protocol":"st-gs"}', "must be a string"],
  ['{"protocol":"st-gs","hex":53}', "must be a string"],
  ["", "not a JSON object"],
  ["null", "not a JSON object"],
  ["{", "not a JSON object"],
  [`"${"x".repeat(REQUEST_CHARACTERS_MAX)}"`, "longer than"],
])("refuses %.40s in words", (line, words) => {
  expect(refusal(line)).toContain(words);
});

it("never throws, whatever the line", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void answerOf(line)));
});

async function run(input: string): Promise<{ code: unknown; stdout: string }> {
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stdin.end(input);
  const [code] = await once(child, "close");
  return { code, stdout };
}

it("answers line by line as a program, the last one without a line end too, and ends with code 0", async () => {
  const { code, stdout } = await run(`${weightLine}\n\nnonsense\n${weightLine}`);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const weight = { readings: [{ weight_g: 1005, stable: true, mode: "gross" }], faults: [] };
  expect(answers).toMatchObject([
    weight,
    { faults: [{ error: "bad_request" }] },
    { faults: [{ error: "bad_request" }] },
    weight,
  ]);
  expect(code).toBe(0);
});

it("answers 100,000 lines, each by a decoder of its own", async () => {
  const { stdout } = await run(`${weightLine}\n`.repeat(100_000));
  expect(stdout.split("\n").length - 1).toBe(100_000);
  expect(new Set(stdout.trimEnd().split("\n")).size).toBe(1);
});

it("ends with code 0 when nobody reads on", async () => {
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => {});
  child.stdout.once("data", () => child.stdout.destroy());
  child.stdin.write(`${weightLine}\n`.repeat(200_000));
  const [code] = await once(child, "close");
  expect(code).toBe(0);
});

it("takes no more input than its output is read", async () => {
  let taken = 0;
  async function* input(): AsyncGenerator<string> {
    for (; taken < 1000; taken += 1) yield `${weightLine}\n`.repeat(100);
  }
  const output = new PassThrough();
  const decoding = decodeLines(input(), output);
  for (let turns = 0; turns < 1000; turns += 1) await turn();
  expect(taken).toBeLessThan(30);
  output.resume();
  await decoding;
  expect(taken).toBe(1000);
});

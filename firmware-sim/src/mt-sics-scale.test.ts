import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { latin1 } from "./device-model.ts";
import { COMMAND_BYTES_MAX, encodeSicsLine, encodeSicsWeight, MtSicsScale } from "./mt-sics-scale.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const grams = { unit: "g", decimals: 2 } as const;

test.for([
  { name: "zero, as real balances sent it", head: "S S", weightG: 0, expected: "S S       0.00 g\r\n" },
  { name: "the manual's hundred grams", head: "S S", weightG: 100, expected: "S S     100.00 g\r\n" },
  { name: "a moving weight", head: "S D", weightG: 9.99, expected: "S D       9.99 g\r\n" },
  { name: "a negative weight", head: "S S", weightG: -12.5, expected: "S S     -12.50 g\r\n" },
  { name: "a tare", head: "TA A", weightG: 850, expected: "TA A     850.00 g\r\n" },
])("encodes $name", ({ head, weightG, expected }) => {
  expect(text(encodeSicsWeight(head, weightG, grams))).toBe(expected);
});

test("encodes kilograms and whole-line errors", () => {
  expect(text(encodeSicsWeight("S S", 1250, { unit: "kg", decimals: 3 }))).toBe("S S      1.250 kg\r\n");
  expect(text(encodeSicsLine("ES"))).toBe("ES\r\n");
});

/** A balance at the other end of a short talk, with time in the steps of the simulator. */
class Talk {
  readonly scale: MtSicsScale;
  nowMs = 0;

  constructor(options: { stabilityTimeoutMs?: number } = {}) {
    this.scale = new MtSicsScale({ seed: 2, ...options });
  }

  /** Sends a command and returns the answers that come at once. */
  ask(command: string): string[] {
    return this.scale.receive(latin1(`${command}\r\n`), this.nowMs).map(text);
  }

  /** Lets time pass and returns what the balance sends meanwhile. */
  wait(durationMs: number): string[] {
    const answers: string[] = [];
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs += 10) {
      answers.push(...this.scale.tick(this.nowMs).map(text));
    }
    return answers;
  }

  load(weightG: number): void {
    this.scale.pan.remove();
    if (weightG !== 0) this.scale.pan.place(weightG);
    this.wait(4000);
  }
}

test.for([
  { command: "I1", expected: ['I1 A "0123" "2.30" "2.22" "2.33" "2.20"\r\n'] },
  { command: "I2", expected: ['I2 A "Jumpa Madu Simulator 32000.00 g"\r\n'] },
  { command: "I4", expected: ['I4 A "0123456789"\r\n'] },
  { command: "@", expected: ['I4 A "0123456789"\r\n'] },
  { command: "I6", expected: ["ES\r\n"] },
  { command: "s", expected: ["ES\r\n"] },
  { command: "", expected: ["ES\r\n"] },
  { command: "S 1", expected: ["S L\r\n"] },
  { command: "S", expected: ["S S    1500.00 g\r\n"] },
  { command: "SI", expected: ["S S    1500.00 g\r\n"] },
  { command: "T", expected: ["T S    1500.00 g\r\n"] },
  { command: "TI", expected: ["TI S    1500.00 g\r\n"] },
  { command: "TA", expected: ["TA A       0.00 g\r\n"] },
  { command: "TA 850.00 g", expected: ["TA A     850.00 g\r\n"] },
  { command: "TA 850.00 kg", expected: ["TA L\r\n"] },
  { command: "TA 99999.00 g", expected: ["TA L\r\n"] },
  { command: "TA x", expected: ["TA L\r\n"] },
  { command: "TAC", expected: ["TAC A\r\n"] },
  { command: "Z", expected: ["Z +\r\n"] },
])("with 1500 g at rest, $command answers $expected", ({ command, expected }) => {
  const talk = new Talk();
  talk.load(1500);
  expect(talk.ask(command)).toEqual(expected);
});

test("I0 lists every command, each of which is known", () => {
  const talk = new Talk();
  const lines = talk.ask("I0");
  expect(lines[0]).toBe('I0 B 0 "@"\r\n');
  expect(lines.at(-1)).toBe('I0 A 1 "TI"\r\n');
  expect(lines.slice(0, -1).every((line) => line.startsWith("I0 B "))).toBe(true);
  const names = lines.map((line) => line.split('"')[1] ?? "");
  expect(names).toEqual(expect.arrayContaining(["S", "SI", "SIR", "Z", "ZI", "T", "TI", "TA", "TAC", "I4"]));
  for (const name of names) expect(new Talk().ask(name)).not.toEqual(["ES\r\n"]);
});

test("S waits until the weight is stable", () => {
  const talk = new Talk();
  talk.load(0);
  talk.scale.pan.place(2000);
  talk.wait(50);
  expect(talk.ask("S")).toEqual([]);
  expect(talk.ask("SI")[0]).toMatch(/^S D /);
  expect(talk.wait(3000)).toEqual(["S S    2000.00 g\r\n"]);
});

test.for(["S", "T", "Z"])("%s gives up when the weight does not come to rest in time", (command) => {
  const talk = new Talk({ stabilityTimeoutMs: 300 });
  talk.load(0);
  talk.scale.pan.place(2000);
  talk.wait(50);
  expect(talk.ask(command)).toEqual([]);
  expect(talk.wait(290)).toEqual([]);
  expect(talk.wait(20)).toEqual([`${command} I\r\n`]);
});

test("while one command waits, another that would have to wait is refused", () => {
  const talk = new Talk();
  talk.load(0);
  talk.scale.pan.place(2000);
  talk.wait(50);
  expect(talk.ask("S")).toEqual([]);
  expect(talk.ask("T")).toEqual(["T I\r\n"]);
  expect(talk.wait(3000)).toEqual(["S S    2000.00 g\r\n"]);
});

test("the reset cancels what waits and what repeats, and keeps the tare", () => {
  const talk = new Talk();
  talk.load(500);
  talk.ask("T");
  talk.ask("SIR");
  talk.scale.pan.place(2000);
  talk.wait(50);
  talk.ask("S");
  talk.ask("SIR");
  talk.ask("@");
  expect(talk.wait(4000)).toEqual([]);
  expect(talk.ask("TA")).toEqual(["TA A     500.00 g\r\n"]);
  expect(talk.ask("S")).toEqual(["S S    2000.00 g\r\n"]);
});

test.for(["@", "SI", "S"])("SIR repeats about ten times a second until %s", (end) => {
  const talk = new Talk();
  talk.load(1500);
  expect(talk.ask("SIR")).toEqual(["S S    1500.00 g\r\n"]);
  const repeated = talk.wait(2000);
  expect(repeated.length).toBeCloseTo(20, -1);
  expect(new Set(repeated)).toEqual(new Set(["S S    1500.00 g\r\n"]));
  talk.ask(end);
  expect(talk.wait(1000)).toEqual([]);
});

test("a load above the maximum answers with a plus", () => {
  const talk = new Talk();
  talk.load(40_000);
  expect([talk.ask("S"), talk.ask("SI"), talk.ask("T"), talk.ask("TI")].flat()).toEqual([
    "S +\r\n",
    "S +\r\n",
    "T +\r\n",
    "TI +\r\n",
  ]);
});

test("a missing pan answers with a minus", () => {
  const talk = new Talk();
  talk.load(-2000);
  expect([talk.ask("S"), talk.ask("Z"), talk.ask("T")].flat()).toEqual(["S -\r\n", "Z -\r\n", "T -\r\n"]);
});

test("zero takes a small load as the new zero, at once with ZI", () => {
  const talk = new Talk();
  talk.load(300);
  expect(talk.ask("Z")).toEqual(["Z A\r\n"]);
  expect(talk.ask("S")).toEqual(["S S       0.00 g\r\n"]);
  talk.scale.pan.place(100);
  talk.wait(50);
  expect(talk.ask("ZI")).toEqual(["ZI D\r\n"]);
});

test("a command in pieces is one command, and one that is too long is a transmission error", () => {
  const talk = new Talk();
  talk.load(0);
  expect(talk.scale.receive(latin1("S"), talk.nowMs)).toEqual([]);
  expect(talk.scale.receive(latin1("I\r\nTAC\r\n"), talk.nowMs).map(text)).toEqual([
    "S S       0.00 g\r\n",
    "TAC A\r\n",
  ]);
  expect(talk.ask("S".repeat(COMMAND_BYTES_MAX + 1))).toEqual(["ET\r\n"]);
});

test("a spoilt answer keeps its digits and its end", () => {
  const random = new Random(1);
  for (let turn = 0; turn < 100; turn += 1) {
    const { scale } = new Talk();
    const spoilt = text(scale.spoil(latin1("S S     100.00 g\r\n"), random));
    expect(spoilt.slice(3)).toBe("     100.00 g\r\n");
    expect(spoilt).toContain("#");
    expect(text(scale.spoil(latin1("ES\r\n"), random))).toMatch(/^(#S|E#)\r\n$/);
  }
});

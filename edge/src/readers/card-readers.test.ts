import pino from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SocatPort, until } from "../serial/socat-port.ts";
import { type CardReaders, cardReadersOf } from "./card-readers.ts";
import { debounce, SAME_CODE_MS, SCANS_PER_S_MAX, scanBudget } from "./card-scans.ts";

// 62 ^ E3 ^ 08 ^ 6C ^ ED = 08.
const CARD = "\x0262E3086CED08\x03";

let qr: SocatPort;
let rfid: SocatPort;
let readers: CardReaders;

beforeEach(async () => {
  qr = new SocatPort();
  rfid = new SocatPort();
  await Promise.all([qr.plug(), rfid.plug()]);
  readers = cardReadersOf({ log: pino({ level: "silent" }) });
});
afterEach(async () => {
  await readers.stop();
  await Promise.all([qr[Symbol.asyncDispose](), rfid[Symbol.asyncDispose]()]);
});

/** Sends until the readers have seen it: a port loses what comes before it is open. */
async function hold(port: SocatPort, bytes: string, code: string): Promise<void> {
  const holding = setInterval(() => void port.send(bytes), 50);
  await until(() => readers.latest?.code === code).finally(() => clearInterval(holding));
}

describe("the readers of a node", () => {
  it("tell of a QR code and of a card, each by its own reader", async () => {
    readers.configure([
      { path: qr.path, protocol: "gm65" },
      { path: rfid.path, protocol: "rdm6300" },
    ]);
    expect(readers.latest).toBeNull();
    await hold(qr, "BSM-0042\r", "BSM-0042");
    await hold(rfid, CARD, "62E3086CED");
    expect(readers.latest).toMatchObject({ number: 2, code: "62E3086CED", atMs: expect.any(Number) });
    expect(readers.notices()).toEqual([]);
  });

  it("tell of a card that is held for a while only once", async () => {
    readers.configure([{ path: rfid.path, protocol: "rdm6300" }]);
    await hold(rfid, CARD, "62E3086CED");
    for (let count = 0; count < 20; count += 1) await rfid.send(CARD);
    await rfid.send(CARD.replace("CED08", "CEE0B"));
    await until(() => readers.latest?.code === "62E3086CEE");
    expect(readers.latest?.number).toBe(2);
  });

  it("go on when a configuration leaves them as they are, and are closed when it does not", async () => {
    const reader = { path: qr.path, protocol: "gm65" } as const;
    readers.configure([reader]);
    await hold(qr, "A1\r", "A1");
    readers.configure([{ ...reader }, { path: rfid.path, protocol: "rdm6300" }]);
    // Whatever comes now is read at once: the port has stayed open.
    await qr.send("B2\r");
    await until(() => readers.latest?.code === "B2");
    readers.configure([]);
    await rfid.send(CARD);
    await qr.send("C3\r");
    expect(readers.latest?.code).toBe("B2");
  });

  it("say what is wrong with a reader that is not there", async () => {
    readers.configure([{ path: `${qr.path}-none`, protocol: "gm65" }]);
    await until(() => readers.notices().length === 1);
    expect(readers.notices()).toMatchObject([
      { device: `${qr.path}-none`, code: "reader", text: expect.stringMatching(/plug the device in/) },
    ]);
  });
});

it("ignores a reader that floods, says what to do, and takes its codes again once it is quiet", async () => {
  readers.configure([{ path: qr.path, protocol: "gm65" }]);
  await hold(qr, "A1\r", "A1");
  const codes = Array.from({ length: 500 }, (_, index) => `F${index}\r`);
  await qr.send(codes.join(""));
  await until(() => readers.notices().length === 1);
  expect(readers.notices()).toMatchObject([
    {
      device: qr.path,
      code: "reader",
      text: expect.stringMatching(/more than 5 codes a second.*one card at a time/),
    },
  ]);
  expect(readers.latest?.number).toBeLessThanOrEqual(SCANS_PER_S_MAX);
  await until(() => readers.notices().length === 0);
  await hold(qr, "B2\r", "B2");
  expect(readers.latest?.number).toBeLessThanOrEqual(SCANS_PER_S_MAX + 1);
});

describe("a reader's budget", () => {
  it("takes five scans a second, and none of one that goes on", () => {
    const budget = scanBudget();
    const takenAt = (nowMs: number) => {
      const verdict = budget.judge(nowMs);
      if (verdict === "too_many") budget.exceed(nowMs);
      return verdict === "taken";
    };
    expect(Array.from({ length: 8 }, (_, index) => takenAt(index * 10))).toEqual([
      ...Array(SCANS_PER_S_MAX).fill(true),
      ...Array(8 - SCANS_PER_S_MAX).fill(false),
    ]);
    expect(Array.from({ length: 500 }, (_, index) => takenAt(80 + index * 10)).some(Boolean)).toBe(false);
    expect(budget.isExceededAt(6_000)).toBe(true);
    expect(budget.isExceededAt(8_000)).toBe(false);
    expect(takenAt(8_000)).toBe(true);
  });
});

describe("a debounced reader", () => {
  it("takes a code again when it was away for long enough, and another code at once", () => {
    const once = debounce();
    expect(once.isNew("a", 0)).toBe(true);
    expect(once.isNew("a", SAME_CODE_MS - 1)).toBe(false);
    // Each repetition prolongs the scan.
    expect(once.isNew("a", 2 * SAME_CODE_MS - 2)).toBe(false);
    expect(once.isNew("b", 2 * SAME_CODE_MS - 1)).toBe(true);
    expect(once.isNew("a", 2 * SAME_CODE_MS)).toBe(true);
    expect(once.isNew("a", 3 * SAME_CODE_MS)).toBe(true);
  });
});

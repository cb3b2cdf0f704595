import pino from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../serial/socat-port.ts";
import {
  type PrintQueue,
  type PrintQueueParts,
  RECEIPTS_MAX,
  REMEMBERED_MAX,
  startPrintQueue,
} from "./print-queue.ts";
import type { Printed } from "./printer-link.ts";

const PRINTER = { path: "/dev/usb/lp0", paper_mm: 58 } as const;
const UNREACHED: Printed = { ok: false, begun: false, fault: "switched off" };
const JAMMED: Printed = { ok: false, begun: true, fault: "paper jam" };

let queue: PrintQueue;

afterEach(async () => {
  await queue.stop();
});

/** A queue whose printer answers with `outcomes` in turn, then always with the last. */
function start(outcomes: Printed[], parts: Partial<PrintQueueParts> = {}) {
  const paper: string[] = [];
  queue = startPrintQueue({
    print: async (_printer, bytes) => {
      const outcome = outcomes.length > 1 ? outcomes.shift() : outcomes[0];
      if (outcome === undefined) throw new Error("no outcome was given");
      if (outcome.ok || outcome.begun) paper.push(Buffer.from(bytes).toString());
      return outcome;
    },
    log: pino({ level: "silent" }),
    retryEveryMs: 5,
    ...parts,
  });
  queue.configure(PRINTER);
  return paper;
}

const receipt = (id: string) => ({
  id,
  encode: ({ isCopy }: { isCopy: boolean }) => Buffer.from(isCopy ? `${id} SALINAN` : id),
});

describe("the receipts of a node", () => {
  it("come out in their order, the second of a deposit as a copy", async () => {
    const paper = start([{ ok: true }]);
    queue.add(receipt("a"), true);
    queue.add(receipt("b"), true);
    queue.add(receipt("a"), true);
    await until(() => queue.waiting === 0);
    expect(paper).toEqual(["a", "b", "a SALINAN"]);
  });

  it("are copies when an original may have come out before the start", async () => {
    const paper = start([{ ok: true }]);
    queue.add(receipt("old"), false);
    await until(() => queue.waiting === 0);
    expect(paper).toEqual(["old SALINAN"]);
  });

  it("wait for a printer that is off, and come out as originals because nothing was printed", async () => {
    const paper = start([UNREACHED, UNREACHED, { ok: true }]);
    queue.add(receipt("a"), true);
    await until(() => queue.notice !== null);
    expect(queue.notice).toEqual({ device: PRINTER.path, code: "printer", text: "switched off" });
    await until(() => queue.waiting === 0);
    expect(paper).toEqual(["a"]);
    expect(queue.notice).toBeNull();
  });

  it("are done with when the printer takes them and never answers, and that is told until it does", async () => {
    const paper = start([{ ok: true, doubt: "does not answer" }, { ok: true }]);
    queue.add(receipt("a"), true);
    await until(() => queue.waiting === 0);
    expect(queue.notice).toEqual({ device: PRINTER.path, code: "printer", text: "does not answer" });
    queue.add(receipt("b"), true);
    await until(() => queue.waiting === 0);
    expect(queue.notice).toBeNull();
    expect(paper).toEqual(["a", "b"]);
  });

  it("are printed again as copies when the printer failed in the middle", async () => {
    const paper = start([JAMMED, { ok: true }]);
    queue.add(receipt("a"), true);
    await until(() => queue.waiting === 0);
    expect(paper).toEqual(["a", "a SALINAN"]);
  });

  it("are given up after a while: their member has gone", async () => {
    const paper = start([UNREACHED], { receiptMsMax: 30 });
    queue.add(receipt("a"), true);
    await until(() => queue.waiting === 0);
    expect(paper).toEqual([]);
  });

  it("never wait in greater number than the limit; the earliest is given up", async () => {
    start([UNREACHED], { retryEveryMs: 60_000 });
    for (let count = 0; count < RECEIPTS_MAX + 5; count += 1) queue.add(receipt(`r${count}`), true);
    expect(queue.waiting).toBe(RECEIPTS_MAX);
  });

  it("are remembered as printed up to a limit", async () => {
    const paper = start([{ ok: true }]);
    for (let count = 0; count <= REMEMBERED_MAX; count += 1) {
      queue.add(receipt(`r${count}`), true);
      if (queue.waiting === RECEIPTS_MAX) await until(() => queue.waiting === 0);
    }
    queue.add(receipt("r0"), true);
    queue.add(receipt(`r${REMEMBERED_MAX}`), true);
    await until(() => queue.waiting === 0);
    expect(paper.slice(-2)).toEqual(["r0", `r${REMEMBERED_MAX} SALINAN`]);
  });

  it("are given up when they cannot be made, and hold no other up", async () => {
    const paper = start([{ ok: true }]);
    const broken = {
      id: "broken",
      encode: () => {
        throw new Error("no such character");
      },
    };
    queue.add(broken, true);
    queue.add(receipt("b"), true);
    await until(() => queue.waiting === 0);
    expect(paper).toEqual(["b"]);
  });

  it("are given up at once when there is no printer, and at the end", async () => {
    start([UNREACHED], { retryEveryMs: 60_000 });
    queue.configure(undefined);
    expect(queue.hasPrinter).toBe(false);
    queue.add(receipt("a"), true);
    await until(() => queue.waiting === 0);
    queue.configure(PRINTER);
    queue.add(receipt("b"), true);
    await until(() => queue.notice !== null);
    await queue.stop();
    expect(queue.waiting).toBe(0);
  });
});

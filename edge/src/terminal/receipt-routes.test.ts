import { newEventId } from "@jumpa-madu/contracts/ids";
import pino from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { readPaper } from "../printer/escpos-fixture.ts";
import { startPrintQueue } from "../printer/print-queue.ts";
import type { Printed } from "../printer/printer-link.ts";
import { until } from "../serial/socat-port.ts";
import { MEMBER, NOW_MS, type TestTerminal, testTerminal } from "./terminal-fixture.ts";

/** A terminal with a printer that answers as told, and what came out of it. */
async function withPrinter(answer: () => Printed = () => ({ ok: true })) {
  const papers: ReturnType<typeof readPaper>[] = [];
  const printing = startPrintQueue({
    print: async (_printer, bytes) => {
      const printed = answer();
      if (printed.ok) papers.push(readPaper(bytes));
      return printed;
    },
    log: pino({ level: "silent" }),
    retryEveryMs: 5,
  });
  printing.configure({ path: "/dev/usb/lp0", paper_mm: 58 });
  onTestFinished(() => printing.stop());
  const notices = () => (printing.notice === null ? [] : [printing.notice]);
  const terminal = await testTerminal({ parts: { printing, notices } });
  return { terminal, papers, printing };
}

async function deposit(terminal: TestTerminal, more: object = {}): Promise<Record<string, unknown>> {
  terminal.scale.put(4_000);
  const body = { member: MEMBER, lines: [{ material: "cardboard" }], ...more };
  const answer = await terminal.post("/deposits", body);
  expect(answer.status).toBe(201);
  return answer.body;
}

describe("the receipt of a deposit", () => {
  test("is printed by itself, with names, weight, amount and the deposit in its QR code", async () => {
    const { terminal, papers } = await withPrinter();
    const { id, receipt_no } = await deposit(terminal);
    await until(() => papers.length === 1);
    const text = papers[0]?.lines.join("\n");
    expect(text).toMatch(/melati/);
    expect(text).toMatch(/JM-0001/);
    expect(text).toMatch(/Kardus\n +4,000 kg x Rp2.000 +Rp8.000/);
    expect(text).toMatch(/JUMLAH +Rp8.000/);
    expect(text).not.toMatch(/SALINAN/);
    expect(papers[0]?.qrCodes).toEqual([`JM1:${String(id)}:${String(receipt_no)}:8000`]);
  });

  test("is printed once for a request that comes twice, and not at all when none is wanted", async () => {
    const { terminal, papers, printing } = await withPrinter();
    const body = { id: newEventId(NOW_MS) };
    await deposit(terminal, body);
    const again = { member: MEMBER, lines: [{ material: "cardboard" }], ...body };
    expect((await terminal.post("/deposits", again)).status).toBe(200);
    await deposit(terminal, { print: false });
    await deposit(terminal);
    await until(() => papers.length === 2 && printing.waiting === 0);
  });

  test("is a copy, and says so, when it is printed again", async () => {
    const { terminal, papers } = await withPrinter();
    const { id } = await deposit(terminal, { print: false });
    const answer = await terminal.post(`/deposits/${String(id)}/receipt`, {});
    expect(answer).toMatchObject({ status: 202, body: { id } });
    await until(() => papers.length === 1);
    expect(papers[0]?.large).toEqual(["SALINAN"]);
  });

  test("of a deposit that was taken back says so", async () => {
    const { terminal, papers } = await withPrinter();
    const { id } = await deposit(terminal, { print: false });
    expect((await terminal.post(`/deposits/${String(id)}/void`, { reason: "salah nasabah" })).status).toBe(
      201,
    );
    await terminal.post(`/deposits/${String(id)}/receipt`, {});
    await until(() => papers.length === 1);
    expect(papers[0]?.large).toEqual(["SALINAN", "DIBATALKAN"]);
  });

  test("of cash says so, from the request to the paper", async () => {
    const { terminal, papers } = await withPrinter();
    await deposit(terminal, { purpose: "cash" });
    await until(() => papers.length === 1);
    expect(papers[0]?.lines).toContain("DIBAYAR TUNAI");
  });

  test("never holds a deposit up: a printer without paper shows in the status alone", async () => {
    const { terminal, printing } = await withPrinter(() => ({
      ok: false,
      begun: false,
      fault: "out of paper",
    }));
    await deposit(terminal);
    await deposit(terminal);
    await until(() => printing.notice !== null);
    const { body } = await terminal.get("/status");
    expect(body).toMatchObject({ printer: { present: true, waiting: 2 }, notices: [{ code: "printer" }] });
  });

  test("needs a printer, and a deposit of this terminal", async () => {
    const terminal = await testTerminal();
    const { id } = await deposit(terminal);
    expect(await terminal.post(`/deposits/${String(id)}/receipt`, {})).toMatchObject({
      status: 409,
      body: { code: "no_printer", title: "Terminal ini tidak punya printer" },
    });
    expect(await terminal.post(`/deposits/${newEventId(NOW_MS)}/receipt`, {})).toMatchObject({ status: 404 });
  });
});

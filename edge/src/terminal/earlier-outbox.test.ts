/** An outbox file that an agent has left which knew neither purposes nor settlements. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { Deposit } from "@jumpa-madu/contracts/records";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import pino from "pino";
import { expect, onTestFinished, test } from "vitest";
import { freshPath } from "../fresh-folder.ts";
import { openOutbox } from "../outbox/outbox.ts";
import { itemsOf, TEST_LIMITS } from "../outbox/outbox-fixture.ts";
import { readPaper } from "../printer/escpos-fixture.ts";
import { startPrintQueue } from "../printer/print-queue.ts";
import { until } from "../serial/socat-port.ts";
import { MEMBER, NOW_MS, PRICE, testTerminal } from "./terminal-fixture.ts";

const ID = newEventId(NOW_MS - 60_000);
const REQUEST = { member: MEMBER, lines: [{ material: "cardboard" }], id: ID };
const ANSWER = {
  id: ID,
  receipt_no: "NODE-1-9F3A-000001",
  t: NOW_MS - 60_000,
  waste_bank: "melati",
  member: MEMBER,
  lines: [
    {
      material: "cardboard",
      price: PRICE,
      price_idr_per_kg: 2_000,
      gross_g: 1_000,
      tare_g: 0,
      net_g: 1_000,
      stable: true,
      scale: "scale-1",
      raw: "53542c47",
      amount_idr: 2_000,
    },
  ],
  total_idr: 2_000,
};

test("its deposits are still sent as they are, answered, printed and taken back", async () => {
  const path = freshPath();
  const earlier = openOutbox(path, TEST_LIMITS);
  earlier.recordOnce({
    key: `deposit/${ID}`,
    request: REQUEST,
    make: () => ({ record: { kind: "deposit" as const, ...ANSWER }, answer: { ...ANSWER, warnings: [] } }),
  });
  earlier.close();

  const papers: ReturnType<typeof readPaper>[] = [];
  const printing = startPrintQueue({
    print: async (_printer, bytes) => {
      papers.push(readPaper(bytes));
      return { ok: true };
    },
    log: pino({ level: "silent" }),
  });
  printing.configure({ path: "/dev/usb/lp0", paper_mm: 58 });
  const outbox = openOutbox(path, TEST_LIMITS);
  onTestFinished(async () => {
    await printing.stop();
    outbox.close();
  });
  const terminal = await testTerminal({ parts: { outbox, printing } });

  const [record] = [...itemsOf(outbox, "records").values()];
  expect(record).toEqual({ kind: "deposit", ...ANSWER });
  expect(checkerOf(Deposit).fits(record)).toBe(true);
  expect(await terminal.post("/deposits", REQUEST)).toMatchObject({ status: 200, body: ANSWER });
  expect((await terminal.post("/deposits", { ...REQUEST, purpose: "cash" })).status).toBe(409);
  expect((await terminal.post(`/deposits/${ID}/receipt`, {})).status).toBe(202);
  await until(() => papers.length === 1);
  expect(papers[0]?.lines).toContain("MASUK TABUNGAN");
  expect((await terminal.post(`/deposits/${ID}/void`, { reason: "salah nasabah" })).status).toBe(201);
});

import { get } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Scan } from "../readers/card-scans.ts";
import { until } from "../serial/socat-port.ts";
import { NOW_MS, type TestTerminal, testTerminal } from "./terminal-fixture.ts";

/** Follows the scans of a terminal; gives what came so far. */
function follow({ port }: TestTerminal): { isOpen: boolean; events: object[] } {
  const seen = { isOpen: false, events: [] as object[] };
  const request = get({ port, path: "/scans", agent: false }, (response) => {
    seen.isOpen = true;
    response.setEncoding("utf8").on("data", (text: string) => {
      for (const [, data = ""] of text.matchAll(/event: scan\ndata: (.*)\n/g))
        seen.events.push(JSON.parse(data));
    });
    response.on("error", () => {});
  });
  request.on("error", () => {});
  onTestFinished(() => void request.destroy());
  return seen;
}

describe("cards before a reader", () => {
  test("choose their member, once each, and never one from before the page was opened", async () => {
    let scan: Scan | null = { number: 4, code: "JM-0001", atMs: NOW_MS };
    let asked = 0;
    const latestScan = () => {
      asked += 1;
      return scan;
    };
    const terminal = await testTerminal({ parts: { latestScan } });
    const seen = follow(terminal);
    await until(() => asked > 3);
    expect(seen.events).toEqual([]);
    scan = { number: 5, code: "JM-0001", atMs: NOW_MS + 1 };
    await until(() => seen.events.length === 1);
    scan = { number: 6, code: "62E3086CED", atMs: NOW_MS + 2 };
    await until(() => seen.events.length === 2);
    const before = asked;
    await until(() => asked > before + 3);
    expect(seen.events).toEqual([
      {
        code: "JM-0001",
        t: NOW_MS + 1,
        member: { id: expect.any(String), number: "JM-0001", name: "Member One" },
      },
      {
        code: "62E3086CED",
        t: NOW_MS + 2,
        member: null,
        advice: expect.stringMatching(/Nasabah baru.*ditutup.*registered again by staff/),
      },
    ]);
  });

  test("are followed by no more screens than the limit", async () => {
    const terminal = await testTerminal({ limits: { listenersMax: 1 } });
    const seen = follow(terminal);
    await until(() => seen.isOpen);
    expect((await terminal.get("/scans")).status).toBe(503);
  });
});

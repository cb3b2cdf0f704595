import pino from "pino";
import { expect, it } from "vitest";
import { stGs } from "../protocols/st-gs.ts";
import { BYTES_PER_S_MAX } from "./byte-budget.ts";
import type { DeviceEvent, DeviceStats } from "./device-event.ts";
import { diagnosisOf } from "./diagnosis.ts";
import { QUIET_MS_MIN } from "./fault-burst.ts";
import { readerOf } from "./reader.ts";

function bench() {
  const events: DeviceEvent[] = [];
  const lines: { msg: string; faults?: number }[] = [];
  const stats: DeviceStats = { opened: 1, readings: 0, faults: {}, discardedBytes: 0 };
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  let nowMs = 0;
  const at = () => ({ monotonicMs: nowMs, epochMs: nowMs });
  const reader = readerOf({
    path: "/dev/none",
    protocol: stGs,
    clock: at,
    log,
    on: (event) => void events.push(event),
    stats,
    diagnosis: diagnosisOf("/dev/none", stGs, stGs.line),
    onGood: () => {},
  });
  return {
    events,
    lines,
    stats,
    weights: () =>
      events.flatMap((event) =>
        event.kind === "reading" && "weight_g" in event.reading ? [event.reading.weight_g] : [],
      ),
    read: (text: string, afterMs = 0) => {
      nowMs += afterMs;
      reader.read(Buffer.from(text, "latin1"), at());
      reader.look(nowMs);
    },
  };
}

it("logs a burst of faults once at its beginning and once at its end, and counts each", () => {
  const { lines, stats, read } = bench();
  read("\r\n");
  for (let fault = 0; fault < 1000; fault += 1) read("nonsense\r\nST,GS,+1kg\r\n", 100);
  read("ST,GS,+1kg\r\n", QUIET_MS_MIN);
  read("ST,GS,+1kg\r\n", QUIET_MS_MIN);
  expect(lines.map((line) => line.msg)).toEqual(["device faults begin", "device faults are over"]);
  expect(lines[1]).toMatchObject({ faults: 1000, lastedMs: 99_900 });
  expect(stats).toMatchObject({ readings: 1002, faults: { unparseable: 1000 } });
});

it("drops what exceeds the byte budget of a second, reports the flood once, and starts over at a line end", () => {
  const { events, stats, weights, read } = bench();
  const line = "ST,GS,+3015.0kg\r\n";
  // The budget ends right after a sign: glued to what comes next, the rest would be a weight.
  const upToSign = "\n".repeat((BYTES_PER_S_MAX - "ST,GS,+".length) % line.length);
  read(upToSign + line.repeat(Math.floor(BYTES_PER_S_MAX / line.length) + 100));
  read(line.repeat(100));
  const before = weights().length;
  expect(before * line.length).toBeLessThanOrEqual(BYTES_PER_S_MAX);
  expect(events.filter((event) => event.kind === "fault")).toMatchObject([{ fault: { error: "flood" } }]);
  expect(stats.discardedBytes).toBeGreaterThan(99 * line.length);
  read(`15.0kg\r\n${line}`, 1000);
  expect(weights().length).toBe(before + 1);
  expect(new Set(weights())).toEqual(new Set([3_015_000]));
});

import { expect, test } from "vitest";
import { memoryLog } from "./broker-fixture.ts";
import { LOG_WINDOW_MS, LOGGED_REFUSALS_MAX } from "./limits.ts";
import { createMetrics } from "./metrics.ts";
import { createNoteRefusal } from "./refusals.ts";

test("counts every refusal but logs only the first of a burst, and then how many were left out", async () => {
  const { log, logged } = memoryLog();
  const metrics = createMetrics();
  let nowMs = 0;
  const note = createNoteRefusal(log, metrics, () => nowMs);
  for (let i = 0; i < LOGGED_REFUSALS_MAX + 7; i++) note("wrong_secret", { clientId: `bin-${i}` });
  note("will", { clientId: "bin-1" });
  expect(logged).toHaveLength(LOGGED_REFUSALS_MAX + 1);
  nowMs = LOG_WINDOW_MS;
  note("wrong_secret", { clientId: "bin-x" });
  expect(logged.at(-1)).toMatchObject({ reason: "wrong_secret", clientId: "bin-x", suppressed: 7 });
  expect(await metrics.registry.metrics()).toContain(
    `broker_refused_total{reason="wrong_secret"} ${LOGGED_REFUSALS_MAX + 8}`,
  );
});

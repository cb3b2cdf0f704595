/**
 * Child process of the crash test: fills the outbox named by its argument until it is killed, and prints each thing only
 * after the outbox has said that it is durable.
 */
import { openOutbox } from "./outbox.ts";
import { check, level, TEST_LIMITS } from "./outbox-fixture.ts";

const outbox = openOutbox(String(process.argv[2]), { ...TEST_LIMITS, commitRowsMax: 20 });
const backlog = outbox.backlog();
let reading = outbox.floor("readings") + backlog.readings;
let record = outbox.floor("records") + backlog.records;

outbox.subscribe((stream) => {
  if (stream === "readings") process.stdout.write(`readings ${reading}\n`);
});

function work(): void {
  for (let turn = 0; turn < 7; turn++) {
    outbox.appendReading(level(reading));
    reading += 1;
  }
  const outcome = outbox.recordOnce(check(`check-${record}`, record));
  if (outcome.kind !== "recorded") process.exit(3);
  process.stdout.write(`records ${record}\n`);
  record += 1;
  setImmediate(work);
}
work();

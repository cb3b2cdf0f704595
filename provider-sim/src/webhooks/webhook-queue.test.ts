import { expect, test } from "vitest";
import { startReceiver } from "../sim-fixture.ts";
import type { Webhook } from "./webhook.ts";
import { DELIVERIES_REMEMBERED_MAX, WEBHOOKS_WAITING_MAX, WebhookQueue } from "./webhook-queue.ts";

const webhook = (payoutId: string): Webhook => ({
  provider: "xendit",
  payoutId,
  event: "e",
  headers: {},
  body: payoutId,
});

function queueTo(url: string | null, nowMs = () => 0): WebhookQueue {
  return new WebhookQueue({
    urls: { xendit: url, flip: null },
    retriesMs: { xendit: [10], flip: [] },
    answerMsMax: 5_000,
    nowMs,
  });
}

test("what comes when too many wait is lost and counted", async () => {
  const queue = queueTo(null);
  for (let i = 0; i < WEBHOOKS_WAITING_MAX + 3; i += 1) queue.add(webhook(String(i)), 1);
  expect(queue.counts()).toMatchObject({ waiting: WEBHOOKS_WAITING_MAX, lost: 3 });
  await queue.stop();
  expect(queue.counts().waiting).toBe(0);
});

test("the earliest goes first, whatever came first, and nothing goes before it is due", async () => {
  const receiver = await startReceiver();
  const queue = queueTo(receiver.url, () => 100);
  for (const [id, dueMs] of [
    ["late", 101],
    ["second", 50],
    ["first", 20],
    ["third", 50],
  ] as const)
    queue.add(webhook(id), dueMs);
  await queue.deliverDue();
  expect(receiver.received.map(({ body }) => body)).toEqual(["first", "second", "third"]);
  expect(queue.nextDueMs()).toBe(101);
});

test("a stop ends the delivery under way", async () => {
  const receiver = await startReceiver();
  receiver.answers.push(0);
  const queue = queueTo(receiver.url);
  queue.add(webhook("a"), 0);
  const delivered = queue.deliverDue();
  await expect.poll(() => receiver.received.length).toBe(1);
  await queue.stop();
  await delivered;
  expect(queue.deliveries()).toEqual([]);
});

test("the deliveries that are remembered are bounded: the oldest go", async () => {
  const queue = queueTo("http://127.0.0.1:1/");
  let atMs = 0;
  const fast = new WebhookQueue({
    urls: { xendit: "bad address", flip: null },
    retriesMs: { xendit: [], flip: [] },
    answerMsMax: 100,
    nowMs: () => atMs,
  });
  for (let i = 0; i < DELIVERIES_REMEMBERED_MAX; i += 1) fast.add(webhook(String(i)), 0);
  await fast.deliverDue();
  fast.add(webhook("last"), atMs++);
  await fast.deliverDue();
  const remembered = fast.deliveries();
  expect(remembered).toHaveLength(DELIVERIES_REMEMBERED_MAX);
  expect([remembered[0]?.payoutId, remembered.at(-1)?.payoutId]).toEqual(["1", "last"]);
  await queue.stop();
});

/** The official SDK, xendit-node 7, against the simulator. */
import { expect, test } from "vitest";
import { Xendit } from "xendit-node";
import { START_MS, startSim } from "../sim-fixture.ts";

async function startWithSdk() {
  const sim = await startSim();
  const sdk = new Xendit({ secretKey: sim.secrets.xenditSecretKey, xenditURL: sim.url });
  return { sim, sdk };
}

const data = {
  referenceId: "attempt-1",
  channelCode: "ID_BCA",
  channelProperties: { accountHolderName: "Nasabah Satu", accountNumber: "1234567890" },
  amount: 50_000,
  currency: "IDR",
  description: "Tabungan",
};

test("the SDK creates a payout, gets it by id and lists it by reference", async () => {
  const { sim, sdk } = await startWithSdk();
  const created = await sdk.Payout.createPayout({ idempotencyKey: "key-1", data });
  expect(created).toMatchObject({
    ...data,
    id: expect.stringMatching(/^disb-[0-9a-f-]{36}$/),
    status: "ACCEPTED",
    created: new Date(START_MS),
    updated: new Date(START_MS),
    businessId: expect.any(String),
    estimatedArrivalTime: new Date(START_MS + 15 * 60_000),
  });
  await sim.advance(80_000);
  const paid = { ...created, status: "SUCCEEDED", updated: new Date(START_MS + 80_000) };
  expect(await sdk.Payout.getPayoutById({ id: created.id })).toEqual(paid);
  expect(await sdk.Payout.getPayouts({ referenceId: "attempt-1" })).toMatchObject({
    data: [paid],
    hasMore: false,
  });
  expect(await sdk.Payout.getPayouts({ referenceId: "nobody" })).toMatchObject({ data: [], hasMore: false });
});

test("the SDK pages through the payouts of one reference", async () => {
  const { sdk } = await startWithSdk();
  const ids: string[] = [];
  for (const key of ["a", "b", "c"]) {
    ids.unshift((await sdk.Payout.createPayout({ idempotencyKey: key, data })).id);
  }
  const first = await sdk.Payout.getPayouts({ referenceId: "attempt-1", limit: 2 });
  expect([first.data?.map(({ id }) => id), first.hasMore]).toEqual([ids.slice(0, 2), true]);
  const rest = await sdk.Payout.getPayouts({ referenceId: "attempt-1", limit: 2, afterId: ids[1] ?? "" });
  expect([rest.data?.map(({ id }) => id), rest.hasMore]).toEqual([ids.slice(2), false]);
  const before = await sdk.Payout.getPayouts({ referenceId: "attempt-1", beforeId: ids[1] ?? "" });
  expect(before.data?.map(({ id }) => id)).toEqual(ids.slice(0, 1));
});

test("the SDK lists the channels, all or those that are asked for", async () => {
  const { sdk } = await startWithSdk();
  expect(await sdk.Payout.getPayoutChannels()).toHaveLength(12);
  const wallets = await sdk.Payout.getPayoutChannels({ currency: "IDR", channelCategory: ["EWALLET"] });
  expect(wallets).toHaveLength(5);
  expect(await sdk.Payout.getPayoutChannels({ channelCode: "ID_GOPAY" })).toEqual([
    {
      channelCode: "ID_GOPAY",
      channelCategory: "EWALLET",
      currency: "IDR",
      channelName: "GoPay",
      amountLimits: { minimum: 10_000, maximum: 20_000_000, minimumIncrement: 1 },
    },
  ]);
});

test("the SDK cancels a payout that is still accepted, and no other", async () => {
  const { sim, sdk } = await startWithSdk();
  const { id } = await sdk.Payout.createPayout({ idempotencyKey: "key-1", data });
  expect(await sdk.Payout.cancelPayout({ id })).toMatchObject({ id, status: "CANCELLED" });
  await expect(sdk.Payout.cancelPayout({ id })).rejects.toMatchObject({
    name: "XenditSdkError",
    status: 400,
    errorCode: "INVALID_PAYOUT_STATUS",
  });
  expect(sim.book().xendit).toMatchObject({ heldIdr: 0, moneyLeftIdr: 0 });
  const sent = await sdk.Payout.createPayout({ idempotencyKey: "key-2", data });
  await sim.advance(20_000);
  await expect(sdk.Payout.cancelPayout({ id: sent.id })).rejects.toMatchObject({
    errorCode: "INVALID_PAYOUT_STATUS",
    errorMessage: expect.stringContaining("REQUESTED"),
  });
});

test("the SDK gets the original payout with its current status when it sends the same key and body again", async () => {
  const { sim, sdk } = await startWithSdk();
  const created = await sdk.Payout.createPayout({ idempotencyKey: "key-1", data });
  await sim.advance(80_000);
  const again = await sdk.Payout.createPayout({ idempotencyKey: "key-1", data });
  expect(again).toMatchObject({ id: created.id, status: "SUCCEEDED" });
  expect(sim.book().xendit.payouts).toHaveLength(1);
});

test("the SDK understands every error", async () => {
  const { sim, sdk } = await startWithSdk();
  await sdk.Payout.createPayout({ idempotencyKey: "key-1", data });
  const create = (changes: object, idempotencyKey = "key-2") =>
    sdk.Payout.createPayout({ idempotencyKey, data: { ...data, ...changes } });
  const error = (status: number, errorCode: string) => ({ name: "XenditSdkError", status, errorCode });
  await expect(create({ amount: 1 }, "key-1")).rejects.toMatchObject(error(409, "DUPLICATE_ERROR"));
  await expect(create({ channelCode: "ID_NONE" })).rejects.toMatchObject(
    error(400, "CHANNEL_CODE_NOT_SUPPORTED"),
  );
  await expect(create({ referenceId: "" })).rejects.toMatchObject({
    ...error(400, "API_VALIDATION_ERROR"),
    rawResponse: { errors: [{ path: "body.reference_id", message: expect.any(String) }] },
  });
  await expect(sdk.Payout.getPayoutById({ id: "disb-none" })).rejects.toMatchObject(
    error(404, "DATA_NOT_FOUND"),
  );
  const stranger = new Xendit({ secretKey: "xnd_development_stranger", xenditURL: sim.url });
  await expect(stranger.Payout.getPayouts({ referenceId: "x" })).rejects.toMatchObject(
    error(401, "INVALID_API_KEY"),
  );
  const reader = new Xendit({ secretKey: sim.secrets.xenditReadOnlyKey, xenditURL: sim.url });
  await expect(reader.Payout.createPayout({ idempotencyKey: "key-3", data })).rejects.toMatchObject(
    error(403, "REQUEST_FORBIDDEN_ERROR"),
  );
});

test("the SDK reads the balance that is not held", async () => {
  const { sdk } = await startWithSdk();
  await sdk.Payout.createPayout({ idempotencyKey: "key-1", data });
  expect(await sdk.Balance.getBalance({ accountType: "CASH" })).toEqual({ balance: 999_950_000 });
});

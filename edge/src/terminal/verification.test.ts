import { get } from "node:http";
import type { ExpiryPolicy } from "@jumpa-madu/contracts/node-config";
import { expect, onTestFinished, test } from "vitest";
import { priceListOf } from "../catalogue/price-list.ts";
import { until } from "../uplink/broker-fixture.ts";
import { CATALOGUE, MEMBER, NOW_MS, testTerminal } from "./terminal-fixture.ts";
import { expiryNotices } from "./verification.ts";

const LINES = [{ material: "cardboard" }];
const EXPIRED = { code: "verification_expired", scale: "scale-1", verified_until: NOW_MS };

/** A terminal whose scale is verified until `verifiedUntil`, with a load on the pan. */
async function terminalOf(verifiedUntil: number | null | undefined, policy: ExpiryPolicy = "warn") {
  const scales =
    verifiedUntil === undefined ? {} : { scales: [{ id: "scale-1", verified_until: verifiedUntil }] };
  const priceList = priceListOf({ ...CATALOGUE, ...scales });
  const terminal = await testTerminal({
    parts: {
      catalogue: { priceList: () => priceList, ageMs: () => 1 },
      expiryPolicy: () => policy,
    },
  });
  terminal.scale.put(1_000);
  return { terminal, priceList };
}

test("an expired verification is told with every weighing, deposit and status, and in the live weight", async () => {
  const { terminal } = await terminalOf(NOW_MS);
  const warnings = [expect.objectContaining({ ...EXPIRED, text: expect.stringContaining("2026-09-21") })];
  expect(await terminal.post("/weighings", {})).toMatchObject({ status: 201, body: { warnings } });
  const deposit = await terminal.post("/deposits", { member: MEMBER, lines: LINES });
  expect(deposit).toMatchObject({ status: 201, body: { warnings, lines: [{ verified_until: NOW_MS }] } });
  expect((await terminal.get("/status")).body).toMatchObject({ warnings });
  let text = "";
  const request = get({ host: "127.0.0.1", port: terminal.port, path: "/weight" }, (response) => {
    response.on("data", (piece: Buffer) => (text += piece.toString()));
    response.on("error", () => undefined);
  });
  onTestFinished(() => void request.destroy());
  request.on("error", () => undefined);
  await until(() => text.includes('"code":"verification_expired"'), "warning in the stream");
});

test("with the policy to block, no weight of the scale is captured, and it is said what to do", async () => {
  const { terminal, priceList } = await terminalOf(NOW_MS, "block");
  for (const answer of [
    await terminal.post("/weighings", {}),
    await terminal.post("/deposits", { member: MEMBER, lines: LINES }),
  ]) {
    expect(answer).toMatchObject({ status: 409, body: { code: "verification_expired" } });
    expect(answer.body.detail).toContain("have it verified");
  }
  expect((await terminal.post("/scale-checks", { reference_g: 1_000 })).status, "checks go on").toBe(201);
  const [notice] = expiryNotices([terminal.scale], { priceList, nowMs: NOW_MS });
  expect(notice).toMatchObject({ device: "scale-1", code: "verification_expired" });
});

test("a weighing that was captured before goes into no deposit once the verification has expired and blocks", async () => {
  let nowMs = NOW_MS;
  const priceList = priceListOf({ ...CATALOGUE, scales: [{ id: "scale-1", verified_until: NOW_MS + 1 }] });
  const terminal = await testTerminal({
    parts: {
      catalogue: { priceList: () => priceList, ageMs: () => 1 },
      expiryPolicy: () => "block",
      nowMs: () => nowMs,
    },
  });
  terminal.scale.put(1_000);
  const held = await terminal.post("/weighings", {});
  expect(held.status).toBe(201);
  nowMs += 1;
  const lines = [{ material: "cardboard", weighing: held.body.id }];
  expect((await terminal.post("/deposits", { member: MEMBER, lines })).body.code).toBe(
    "verification_expired",
  );
});

test("a verification that holds says nothing; one of a scale that the catalogue does not know neither", async () => {
  for (const verifiedUntil of [NOW_MS + 1, undefined]) {
    const { terminal, priceList } = await terminalOf(verifiedUntil, "block");
    expect(await terminal.post("/weighings", {})).toMatchObject({ status: 201, body: { warnings: [] } });
    expect(expiryNotices([terminal.scale], { priceList, nowMs: NOW_MS })).toEqual([]);
  }
});

test("a scale that was never verified is only warned of, even when the policy is to block", async () => {
  const { terminal, priceList } = await terminalOf(null, "block");
  const deposit = await terminal.post("/deposits", { member: MEMBER, lines: LINES });
  expect(deposit).toMatchObject({
    status: 201,
    body: { warnings: [{ code: "never_verified", scale: "scale-1", verified_until: null }] },
  });
  expect(deposit.body).not.toHaveProperty("lines[0].verified_until");
  expect(expiryNotices([terminal.scale], { priceList, nowMs: NOW_MS })).toEqual([]);
});

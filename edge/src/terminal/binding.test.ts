import { newEventId } from "@jumpa-madu/contracts/ids";
import { hashPin } from "@jumpa-madu/contracts/pin-hash";
import { expect, test } from "vitest";
import { priceListOf } from "../catalogue/price-list.ts";
import { unboundNotices } from "./binding.ts";
import { CATALOGUE, MEMBER, testTerminal } from "./terminal-fixture.ts";

const PIN = "271828";
const SUPERVISOR = "0199a000-0000-7000-8000-0000000000b1";
const BOUND = { id: "scale-1", verified_until: null };
const OTHER = { id: "scale-2", verified_until: null };
const ADVICE = "POST /v1/nodes/node-1/devices";

/** A terminal with `scale-1` and a load on it, by its own file unless a version says that the cloud has configured it. */
async function terminalWith(scales: (typeof BOUND)[] | undefined, configVersion = 0) {
  const supervisors = [{ id: SUPERVISOR, name: "bu-ani", pin_hash: await hashPin(PIN) }];
  const listed = scales === undefined ? {} : { scales };
  const priceList = priceListOf({ ...CATALOGUE, supervisors, ...listed });
  const terminal = await testTerminal({
    parts: { catalogue: { priceList: () => priceList, ageMs: () => 1 }, configVersion: () => configVersion },
  });
  terminal.scale.put(1_000);
  const means = { node: "node-1", priceList, configVersion };
  return { terminal, notices: () => unboundNotices([terminal.scale], means) };
}

const weighed = { member: MEMBER, lines: [{ material: "cardboard" }] };
const typed = () => ({
  id: newEventId(),
  member: MEMBER,
  lines: [{ material: "cardboard", typed: { net_g: 900, reason: "listrik padam" } }],
  supervisor: { id: SUPERVISOR, pin: PIN },
});

test("no weight is taken of a scale that the cloud would not book, typed or shown, and it is said what to do", async () => {
  for (const scales of [[], [OTHER]]) {
    const { terminal, notices } = await terminalWith(scales);
    for (const [path, body] of [
      ["/weighings", {}],
      ["/deposits", weighed],
      ["/deposits", typed()],
      ["/scale-checks", { reference_g: 1_000 }],
    ] as const) {
      const answer = await terminal.post(path, body);
      expect(answer, path).toMatchObject({
        status: 409,
        body: { code: "scale_unbound", title: "Timbangan belum terdaftar pada terminal ini" },
      });
      expect(answer.body.detail).toContain(ADVICE);
    }
    expect(terminal.outbox.backlog().records).toBe(0);
    expect(notices()).toEqual([
      { device: "scale-1", code: "scale_unbound", text: expect.stringContaining(ADVICE) },
    ]);
  }
});

test.each([
  ["that the catalogue lists", [BOUND], 0],
  ["while the catalogue does not tell the scales", undefined, 0],
  ["that the cloud's own configuration names, before the catalogue has followed", [OTHER], 1],
] as const)("deposits are taken on a scale %s", async (_name, scales, version) => {
  const { terminal, notices } = await terminalWith(scales && [...scales], version);
  expect((await terminal.post("/deposits", weighed)).status).toBe(201);
  expect((await terminal.post("/deposits", typed())).status).toBe(201);
  expect((await terminal.post("/scale-checks", { reference_g: 1_000 })).status).toBe(201);
  expect(notices()).toEqual([]);
});

import { newEventId } from "@jumpa-madu/contracts/ids";
import { hashPin } from "@jumpa-madu/contracts/pin-hash";
import { DEPOSIT_LINES_MAX, Deposit } from "@jumpa-madu/contracts/records";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import pino from "pino";
import { beforeAll, expect, test } from "vitest";
import { priceListOf } from "../catalogue/price-list.ts";
import { freshPath } from "../fresh-folder.ts";
import { openOutbox } from "../outbox/outbox.ts";
import { itemsOf, TEST_LIMITS } from "../outbox/outbox-fixture.ts";
import { TYPED_G_MAX } from "./deposit-draft.ts";
import { CATALOGUE, MEMBER, NOW_MS, type TestTerminal, testTerminal } from "./terminal-fixture.ts";

const PIN = "271828";
const SUPERVISOR = "0199a000-0000-7000-8000-0000000000b1";
const UNTIL = NOW_MS + 86_400_000;
const TYPED = { net_g: 12_500, reason: "listrik padam" };

let catalogue: typeof CATALOGUE;
beforeAll(async () => {
  catalogue = {
    ...CATALOGUE,
    scales: [{ id: "scale-1", verified_until: UNTIL }],
    supervisors: [{ id: SUPERVISOR, name: "bu-ani", pin_hash: await hashPin(PIN) }],
  };
});

const terminalWith = (options: Parameters<typeof testTerminal>[0] = {}) => {
  const priceList = priceListOf(catalogue);
  const parts = { catalogue: { priceList: () => priceList, ageMs: () => 1 }, ...options.parts };
  return testTerminal({ ...options, parts });
};

const records = ({ outbox }: TestTerminal): unknown[] => [...itemsOf(outbox, "records").values()];

const typedDeposit = (more: object = {}, line: object = {}) => ({
  id: newEventId(),
  member: MEMBER,
  lines: [{ material: "cardboard", typed: TYPED, ...line }],
  supervisor: { id: SUPERVISOR, pin: PIN },
  ...more,
});

test("a weight that was typed goes into a deposit with who agreed and why, beside one that was weighed", async () => {
  const terminal = await terminalWith();
  terminal.scale.put(2_000);
  const body = typedDeposit({
    lines: [{ material: "cardboard", typed: TYPED }, { material: "cardboard" }],
    supervisor: { id: "bu-ani", pin: PIN },
  });
  const answer = await terminal.post("/deposits", body);
  expect(answer.body).toMatchObject({
    total_idr: 29_000,
    warnings: [],
    lines: [
      {
        gross_g: 12_500,
        tare_g: 0,
        net_g: 12_500,
        stable: null,
        scale: "scale-1",
        verified_until: UNTIL,
        typed: { supervisor: SUPERVISOR, reason: "listrik padam" },
      },
      { net_g: 2_000, stable: true, raw: "53542c47", verified_until: UNTIL },
    ],
  });
  expect(answer.status).toBe(201);
  const [record] = records(terminal);
  expect(checkerOf(Deposit).check(record)).toMatchObject({ ok: true });
  expect(record).not.toHaveProperty("lines[0].raw");
});

test("the scale need not work, and two typed lines are two", async () => {
  const terminal = await terminalWith();
  const lines = [1, 2].map(() => ({ material: "cardboard", typed: TYPED, scale: "scale-1" }));
  expect(await terminal.post("/deposits", typedDeposit({ lines }))).toMatchObject({
    status: 201,
    body: { total_idr: 50_000 },
  });
});

test.each([
  ["no id", { id: undefined }, {}, 400, "invalid_request"],
  ["no weight", {}, { typed: { ...TYPED, net_g: 0 } }, 400, "invalid_request"],
  ["less than nothing", {}, { typed: { ...TYPED, net_g: -1 } }, 400, "invalid_request"],
  ["no supervisor", { supervisor: undefined }, {}, 422, "typed_needs_supervisor"],
  ["an unknown supervisor", { supervisor: { id: "bu-ina", pin: PIN } }, {}, 422, "unknown_supervisor"],
  ["a wrong PIN", { supervisor: { id: SUPERVISOR, pin: "271829" } }, {}, 422, "wrong_pin"],
  ["a PIN of any length", { supervisor: { id: SUPERVISOR, pin: "1" } }, {}, 422, "wrong_pin"],
  ["a weighing as well", {}, { weighing: newEventId() }, 400, "invalid_request"],
  ["no reason", {}, { typed: { net_g: 1, reason: "" } }, 400, "invalid_request"],
  ["no whole gram", {}, { typed: { net_g: 0.5, reason: "listrik padam" } }, 400, "invalid_request"],
  ["more than the scale carries", {}, { typed: { ...TYPED, net_g: 150_001 } }, 409, "overload"],
  ["an unknown scale", {}, { scale: "other" }, 422, "unknown_scale"],
  [
    "longer reasons than a record has room for",
    {
      lines: Array.from({ length: DEPOSIT_LINES_MAX }, () => ({
        material: "cardboard",
        typed: { net_g: 1, reason: "\u20ac".repeat(180) },
      })),
    },
    {},
    413,
    "too_large",
  ],
])("with %s it is refused and nothing is recorded", async (_name, more, line, status, code) => {
  const terminal = await terminalWith();
  terminal.scale.maxG = 150_000;
  const answer = await terminal.post("/deposits", typedDeposit(more, line));
  expect(answer).toMatchObject({ status, body: { code } });
  expect(records(terminal)).toEqual([]);
});

test("a deposit that comes five times at once after a wrong PIN is recorded once, and no one is locked out", async () => {
  const terminal = await terminalWith();
  await terminal.post("/deposits", typedDeposit({ supervisor: { id: SUPERVISOR, pin: "271829" } }));
  const body = typedDeposit();
  const answers = await Promise.all(Array.from({ length: 5 }, () => terminal.post("/deposits", body)));
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 200, 200, 200, 201]);
  expect(records(terminal)).toHaveLength(1);
});

test("for a scale of unknown capacity no more can be typed than a floor scale carries", async () => {
  const terminal = await terminalWith();
  const typed = (net_g: number) => typedDeposit({}, { typed: { ...TYPED, net_g } });
  expect(await terminal.post("/deposits", typed(TYPED_G_MAX + 1))).toMatchObject({
    status: 409,
    body: { code: "overload", detail: expect.stringContaining("give max_g") },
  });
  expect((await terminal.post("/deposits", typed(TYPED_G_MAX))).status).toBe(201);
});

test("a PIN is not tried, and so not counted, while something else is wrong", async () => {
  const terminal = await terminalWith({ limits: { pinTriesMax: 1 } });
  for (let n = 0; n < 3; n++) {
    const answer = await terminal.post("/deposits", typedDeposit({ member: "JM-9999" }));
    expect(answer.body.code).toBe("unknown_member");
  }
  expect((await terminal.post("/deposits", typedDeposit())).status).toBe(201);
});

test("after too many wrong PINs it is said how long to wait", async () => {
  const terminal = await terminalWith({ limits: { pinTriesMax: 2 } });
  const wrong = typedDeposit({ supervisor: { id: SUPERVISOR, pin: "314159" } });
  for (let n = 0; n < 2; n++) expect((await terminal.post("/deposits", wrong)).body.code).toBe("wrong_pin");
  const locked = await terminal.post("/deposits", typedDeposit());
  expect(locked).toMatchObject({
    status: 429,
    headers: { "retry-after": expect.stringMatching(/^(2\d|30)$/) },
    body: { code: "supervisor_locked", detail: expect.stringMatching(/(2\d|30) seconds/) },
  });
  terminal.scale.put(1_000);
  const weighed = { member: MEMBER, lines: [{ material: "cardboard" }] };
  expect((await terminal.post("/deposits", weighed)).status, "weighing goes on").toBe(201);
});

test("sent again it gets the same answer, without a PIN that could be searched for on the disk or in the log", async () => {
  const path = freshPath();
  const outbox = openOutbox(path, TEST_LIMITS);
  const logged: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void logged.push(line) });
  const terminal = await terminalWith({ parts: { outbox, log } });
  terminal.scale.put(2_000);
  const lines = [{ material: "cardboard", typed: TYPED }, { material: "cardboard" }];
  const body = typedDeposit({ id: newEventId(), lines });
  const [one, other] = await Promise.all([
    terminal.post("/deposits", body),
    terminal.post("/deposits", body),
  ]);
  expect([one.status, other.status].toSorted((a, b) => a - b)).toEqual([200, 201]);
  expect(one.body).toEqual(other.body);
  const withAnotherPin = { ...body, supervisor: { id: SUPERVISOR, pin: "314159" } };
  const again = await terminal.post("/deposits", withAnotherPin);
  expect([again.status, again.body]).toEqual([200, one.body]);
  const otherReason = { ...body, lines: [{ material: "cardboard", typed: { ...TYPED, reason: "lain" } }] };
  expect((await terminal.post("/deposits", otherReason)).body.code).toBe("conflict");
  const stored = JSON.stringify([...itemsOf(outbox, "records").values()]);
  expect(stored).toContain("listrik padam");
  expect(stored + JSON.stringify(one.body) + logged.join("")).not.toMatch(/271828|314159/);
  outbox.close();
});

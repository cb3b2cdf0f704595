/**
 * A process that does what it is told at one waste bank, five clients at once, and prints what became of it as one JSON object;
 * for tests of several processes on one database. Arguments: URL, task as JSON.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { approvePayout } from "@jumpa-madu/store/approve-payout";
import { closeShift } from "@jumpa-madu/store/close-shift";
import { cancelPayout } from "@jumpa-madu/store/end-payout";
import { requestMovement } from "@jumpa-madu/store/movements";
import { beginShift } from "@jumpa-madu/store/open-shift";
import { payOutCash } from "@jumpa-madu/store/pay-out-cash";
import { openRelational, type Tx } from "@jumpa-madu/store/relational-store";
import { requestPayout } from "@jumpa-madu/store/request-payout";
import { CHAINS, sealRows } from "@jumpa-madu/store/seals";
import { sellStock } from "@jumpa-madu/store/sell";
import { takeDeposit } from "@jumpa-madu/store/take-deposit";
import { openTestVault } from "@jumpa-madu/store/test-vault";
import { voidDeposit } from "@jumpa-madu/store/void-deposit";
import { Seeded } from "../payouts/seeded.ts";

/** Clients of one process. */
const CLIENTS = 5;

/** What the process is to do. The deposits are sent by every process, each in an order of its own. */
export interface RaceTask {
  seed: number;
  unit: string;
  scale: string;
  offTaker: string;
  members: string[];
  cashiers: string[];
  staff: string;
  nowMs: number;
  /** Ids of deposits; the purpose follows from the place in the list. */
  deposits: string[];
  /** Payouts of `holdIdr` of the first member that each client asks for; 0: a day at the waste bank instead. */
  holds: number;
  holdIdr: number;
}

/** What became of it: the ids that were accepted here for the first time, by what they are, and how often each refusal came. */
export interface RaceResult {
  accepted: Record<string, string[]>;
  refused: Record<string, number>;
}

const [url = "", json = "{}"] = process.argv.slice(2);
const task = JSON.parse(json) as RaceTask;
const store = openRelational(url, () => {});
const vault = await openTestVault();
const desk = { vault, provider: null };
const result: RaceResult = { accepted: {}, refused: {} };
await Promise.all(Array.from({ length: CLIENTS }, (_, client) => (task.holds > 0 ? hold() : work(client))));
await vault.close();
await store.close();
process.stdout.write(JSON.stringify(result));

/** Does one deed in a transaction of its own, and notes what became of it. */
async function attempt(
  what: string,
  id: string,
  deed: (tx: Tx) => Promise<{ kind: string; code?: string }>,
): Promise<boolean> {
  const { kind, code } = await store.transaction(deed);
  const isNew = ["posted", "done", "requested", "approved", "ended", "paid"].includes(kind);
  if (isNew) {
    result.accepted[what] = [...(result.accepted[what] ?? []), id];
    return true;
  }
  const word = `${what}: ${code ?? kind}`;
  result.refused[word] = (result.refused[word] ?? 0) + 1;
  return false;
}

async function hold(): Promise<void> {
  for (let each = 0; each < task.holds; each++) await ask(task.members[0] ?? "", task.holdIdr);
}

function ask(member: string, amountIdr: number): Promise<string | null> {
  const id = newEventId();
  const payout = {
    id,
    member,
    wasteBank: task.unit,
    product: "regular",
    amountIdr,
    channel: "cash",
    destination: null,
    closes: false,
    requestedBy: `user:${task.cashiers[0]}`,
    nowMs: task.nowMs,
  };
  return attempt("payout", id, (tx) => requestPayout(desk, tx, payout)).then((isNew) => (isNew ? id : null));
}

/** Deposits in an order of its own, and between them whatever else goes on at a waste bank. */
async function work(client: number): Promise<void> {
  const random = new Seeded(task.seed * 100 + client);
  const mine = task.deposits
    .map((id, index) => ({ id, index, turn: random.next() }))
    .filter(({ index }) => index % CLIENTS === client)
    .sort((a, b) => a.turn - b.turn);
  for (const { id, index } of mine) {
    const isNew = await deposit(id, index);
    if (isNew && random.chance(0.2)) await takeBack(id);
    if (random.chance(0.7)) await somethingElse(random);
  }
}

function deposit(id: string, index: number): Promise<boolean> {
  const netG = 200 + 37 * (index % 40);
  const body = {
    id,
    source: "counter",
    device: 1 + (index % 2),
    wasteBank: task.unit,
    member: task.members[index % task.members.length] ?? "",
    purpose: (["save", "cash", "save"] as const)[index % 3] ?? "save",
    product: null,
    visit: null,
    occurredMs: null,
    lines: [
      {
        material: index % 2 === 0 ? "pet" : "paper",
        weight: { grossG: netG + 100, tareG: 100, netG },
        evidence: { kind: "scale", scale: task.scale, raw: "0d0a", stable: true, verifiedUntilMs: null },
        printed: null,
      },
    ],
    expectedTotalIdr: null,
    confirmsDuplicate: true,
    honouredBy: null,
    takenBy: task.cashiers[index % task.cashiers.length] ?? "",
  } as const;
  return attempt("deposit", id, (tx) => takeDeposit(tx, { ...body, lines: [...body.lines] }, task.nowMs));
}

function takeBack(of: string): Promise<boolean> {
  const by = { id: task.cashiers[0] ?? "", role: "operator", wasteBank: task.unit } as const;
  const id = newEventId();
  return attempt("void", id, (tx) => voidDeposit(tx, { id, deposit: of, reason: "salah", by }, task.nowMs));
}

async function somethingElse(random: Seeded): Promise<void> {
  const { unit: wasteBank, nowMs, staff } = task;
  const [cashier, member] = [random.pick(task.cashiers), random.pick(task.members)];
  const id = newEventId();
  switch (random.between(0, 6)) {
    case 0:
    case 1:
      return await payout(member, random);
    case 2: {
      const shift = { id, user: cashier, wasteBank, floatIdr: random.between(0, 3_000), nowMs };
      await attempt("shift", id, (tx) => beginShift(tx, shift));
      return;
    }
    case 3:
      return await countDrawer(cashier, random);
    case 4: {
      const line = { material: random.pick(["pet", "paper"]), outG: random.between(1, 600) };
      const weighed = {
        ...line,
        acceptedG: line.outG,
        rejectedG: 0,
        rejects: "returned",
        priceIdrPerKg: 5_000,
      } as const;
      const sale = {
        id,
        wasteBank,
        buyer: { offTaker: task.offTaker },
        occurredMs: nowMs,
        lines: [weighed],
        paid: null,
      };
      await attempt("sale", id, (tx) => sellStock(tx, { ...sale, soldBy: `user:${cashier}` }, nowMs));
      return;
    }
    case 5: {
      const kind = random.pick(["vault_to_bank", "bank_to_vault", "capital_in"] as const);
      const place = kind === "capital_in" ? "cash_vault" : null;
      const rest = {
        place,
        provider: null,
        shift: null,
        reason: "putaran",
        reference: null,
        user: staff,
        nowMs,
      } as const;
      const movement = { id, wasteBank, kind, amountIdr: random.between(1, 2_000), ...rest };
      await attempt("movement", id, (tx) => requestMovement(tx, movement));
      return;
    }
    default:
      await sealRows(store, random.pick([...CHAINS]), { since: "last", nowMs });
  }
}

/** Asked for, and then approved and handed out, or called off. */
async function payout(member: string, random: Seeded): Promise<void> {
  const { nowMs, staff } = task;
  const id = await ask(member, random.between(1, 1_500));
  if (id === null) return;
  if (random.chance(0.3)) {
    const ending = { payout: id, actor: `user:${staff}`, reason: "batal", nowMs };
    await attempt("cancel", id, (tx) => cancelPayout(tx, ending));
    return;
  }
  await attempt("approval", id, (tx) =>
    approvePayout(desk, tx, { payout: id, approver: `user:${staff}`, nowMs }),
  );
  const cashier = random.pick(task.cashiers);
  const handout = { payout: id, cashier, confirmation: { kind: "signature" }, nowMs } as const;
  await attempt("handout", id, (tx) => payOutCash(tx, handout));
}

async function countDrawer(cashier: string, random: Seeded): Promise<void> {
  const open = await store.db
    .selectFrom("shifts")
    .select("id")
    .where("user_id", "=", cashier)
    .where("closed_ms", "is", null)
    .executeTakeFirst();
  if (open === undefined) return;
  const id = newEventId();
  const count = {
    id,
    shift: open.id,
    user: cashier,
    countedIdr: random.between(0, 3_000),
    notes: null,
    nodes: [],
    reason: "hitung",
  };
  await attempt("close", id, (tx) => closeShift(tx, { ...count, nowMs: task.nowMs }));
}

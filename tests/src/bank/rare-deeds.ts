/** Deeds that few days see and that no history of the model plays: done once each, so that books have a row of every kind. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { dayOf } from "@jumpa-madu/contracts/local-day";
import { applyOutcome } from "@jumpa-madu/store/apply-outcome";
import { approvePayout } from "@jumpa-madu/store/approve-payout";
import { claimJob } from "@jumpa-madu/store/claim-job";
import { closeShift } from "@jumpa-madu/store/close-shift";
import { settleDifference } from "@jumpa-madu/store/deposit-differences";
import { confirmDestination } from "@jumpa-madu/store/destinations";
import { cancelPayout } from "@jumpa-madu/store/end-payout";
import { decideExpense, spend } from "@jumpa-madu/store/expenses";
import { explainShift } from "@jumpa-madu/store/explain-shift";
import { importRows, keyed } from "@jumpa-madu/store/import-history";
import { retireMaterial } from "@jumpa-madu/store/materials";
import { closeMember, reopenMember } from "@jumpa-madu/store/member-closing";
import { eraseMember } from "@jumpa-madu/store/member-erasure";
import { replaceMemberPin } from "@jumpa-madu/store/member-pins";
import { registerMember } from "@jumpa-madu/store/member-registration";
import { beginShift } from "@jumpa-madu/store/open-shift";
import { askOwedSettlement, decideOwedSettlement } from "@jumpa-madu/store/owed-settlements";
import { listAlarms, seeAlarm } from "@jumpa-madu/store/payout-alarms";
import { quarantine } from "@jumpa-madu/store/quarantine";
import { requestPayout } from "@jumpa-madu/store/request-payout";
import { resolvePayout } from "@jumpa-madu/store/resolve-payout";
import { setAside } from "@jumpa-madu/store/set-aside";
import { takeDeposit } from "@jumpa-madu/store/take-deposit";
import { insertUser } from "@jumpa-madu/store/users";
import { changeWasteBank, listWasteBanks } from "@jumpa-madu/store/waste-banks";
import { handleParked, keepWebhook, parkWebhook } from "@jumpa-madu/store/webhook-inbox";
import { COOL_DOWN_MS } from "../../../store/src/payouts/destinations.ts";
import { insertLimit } from "../../../store/src/payouts/limits.ts";
import { decideRule } from "../../../store/src/payouts/payout-rules.ts";
import { REVERSAL_WINDOW_MS } from "../../../store/src/people/member-closing.ts";
import type { Scene } from "./model/scene.ts";
import { addAccount } from "./model/town.ts";

/** Throws what was refused, so that no row is missing in silence. */
function done<Outcome extends { kind: string }>(outcome: Outcome): Exclude<Outcome, { kind: "refused" }> {
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome));
  return outcome as Exclude<Outcome, { kind: "refused" }>;
}

/** Does them all; the second cashier has an open shift. */
export async function rareDeeds(scene: Scene): Promise<void> {
  await changeRegistry(scene);
  const [leaver, idler] = await takeHistoryOver(scene);
  await registerWithPin(scene);
  await honourReceipt(scene);
  await explainCount(scene);
  await callOff(scene, leaver);
  await openAgain(scene, idler);
  await settleMessage(scene);
  await putAside(scene);
  await spendMuch(scene);
  await limitAlone(scene);
  await payWhatIsOwed(scene, leaver);
}

/** An import of two members: one with savings, one who has taken everything out. */
async function takeHistoryOver({ town, nowMs }: Scene): Promise<[leaver: string, idler: string]> {
  const day = dayOf(nowMs - 3 * 86_400_000);
  const deposit = { kind: "deposit", day, material: "pet", weightG: 9_000, amountIdr: 20_000 } as const;
  const rows = keyed(town.unit, [
    { ...deposit, member: "leaver" },
    { ...deposit, member: "idler" },
    { kind: "withdrawal", day, member: "idler", amountIdr: 20_000 } as const,
  ]);
  for await (const batch of importRows(town.store, { wasteBank: town.unit, rows, nowMs }))
    for (const { outcome } of batch) done(outcome);
  const members = await town.store.db
    .selectFrom("imported_members")
    .select(["code", "member_id as member"])
    .where("waste_bank_id", "=", town.unit)
    .orderBy("code", "desc")
    .execute();
  const [leaver, idler] = members.map(({ member }) => member);
  if (leaver === undefined || idler === undefined) throw new Error("the import has made no members");
  return [leaver, idler];
}

/** Another name for a waste bank and for a material. */
async function changeRegistry({ town, nowMs }: Scene): Promise<void> {
  const by = { by: `user:${town.staff}`, nowMs };
  await town.store.transaction(async (tx) => {
    const { items } = await listWasteBanks(tx, { limit: 100, after: null });
    const unit = items.find(({ id }) => id === town.unit);
    if (unit === undefined) throw new Error("the unit is not there");
    const { createdMs: _, ...rest } = unit;
    await changeWasteBank(tx, { ...rest, name: "Bank Sampah Mawar" }, by);
    await retireMaterial(tx, "paper", { isRetired: false, ...by });
  });
}

async function registerWithPin({ town, nowMs }: Scene): Promise<void> {
  const actor = `user:${town.staff}`;
  await town.store.transaction(async (tx) => {
    const { member } = done(
      await registerMember(town.vault, tx, {
        member: { number: null, kind: "individual", card: null, wasteBank: town.unit },
        data: { name: "Nasabah Dua", phone: null, address: null, contact: null },
        nik: null,
        consent: "2026-01",
        actor,
        nowMs,
      }),
    );
    done(await replaceMemberPin(tx, { member: member.id, pinHash: "hash", actor, nowMs }));
  });
}

/** A receipt from a door that says more than we compute, and is settled. */
async function honourReceipt({ town, nowMs }: Scene): Promise<void> {
  await town.store.transaction(async (tx) => {
    const line = {
      material: "pet",
      weight: { grossG: 1_100, tareG: 100, netG: 1_000 },
      evidence: { kind: "scale", scale: town.scale, raw: "0d0a", stable: true, verifiedUntilMs: null },
      printed: { priceIdrPerKg: 4_600, amountIdr: 4_600 },
    } as const;
    done(
      await takeDeposit(
        tx,
        {
          id: newEventId(),
          source: "door",
          device: 1,
          wasteBank: town.unit,
          member: town.member,
          purpose: "save",
          product: null,
          visit: null,
          occurredMs: nowMs,
          lines: [line],
          expectedTotalIdr: null,
          confirmsDuplicate: true,
          honouredBy: town.staff,
          takenBy: town.chief,
        },
        nowMs,
      ),
    );
    const { id } = await tx.selectFrom("deposit_differences").select("id").limit(1).executeTakeFirstOrThrow();
    const settled = await settleDifference(tx, { id, note: "harga lama", by: town.cashiers[1] }, nowMs);
    if (settled.kind !== "done") throw new Error(settled.kind);
  });
}

/** A count far from the books, explained after it. */
async function explainCount({ town, nowMs }: Scene): Promise<void> {
  const kept = { username: newEventId(), passwordHash: "-", role: "operator" as const, wasteBank: town.unit };
  const user = (await insertUser(town.store.db, { ...kept, member: null }, nowMs)).id;
  const shift = newEventId();
  await town.store.transaction(async (tx) => {
    done(await beginShift(tx, { id: shift, user, wasteBank: town.unit, floatIdr: 0, nowMs }));
    const count = { id: newEventId(), shift, user, countedIdr: 15_000, notes: null, nodes: [], reason: null };
    done(await closeShift(tx, { ...count, nowMs }));
    done(await explainShift(tx, { id: newEventId(), shift, user, reason: "uang kembalian", nowMs }));
  });
}

/** Asks for a transfer to an account that another person has confirmed, and approves it. */
async function approved(
  { town, nowMs }: Scene,
  asked: { member: string; amountIdr: number; closes: boolean },
): Promise<string> {
  const id = newEventId();
  const owner = { member: asked.member, nowMs: nowMs - COOL_DOWN_MS };
  const destination = await addAccount(town, owner);
  const requestedBy = `user:${town.cashiers[1]}`;
  const counter = { provider: town.desk.provider };
  await town.store.transaction(async (tx) => {
    const confirmation = { id: destination, actor: `user:${town.chief}`, reason: "buku tabungan dilihat" };
    done(await confirmDestination(tx, { ...confirmation, nowMs }));
    const book = { wasteBank: town.unit, product: "regular", channel: "bca", destination };
    done(await requestPayout(counter, tx, { id, ...asked, ...book, requestedBy, nowMs }));
    for (const user of [town.staff, town.chief]) {
      const approval = await approvePayout(town.desk, tx, { payout: id, approver: `user:${user}`, nowMs });
      if (done(approval).kind === "approved") break;
    }
  });
  return id;
}

/** One transfer that nothing has left of is called off by two people; a request for cash by whoever asked. */
async function callOff(scene: Scene, member: string): Promise<void> {
  const { town, nowMs } = scene;
  const payout = await approved(scene, { member, amountIdr: 1_000, closes: false });
  const counter = { provider: town.desk.provider };
  const requestedBy = `user:${town.cashiers[1]}`;
  await town.store.transaction(async (tx) => {
    for (const [n, user] of [town.staff, town.chief].entries()) {
      const decision = { payout, resolution: "not_paid", reason: "penyedia tutup" } as const;
      done(await resolvePayout(tx, { ...decision, actor: `user:${user}`, nowMs: nowMs + n }));
    }
    const cash = { id: newEventId(), member, wasteBank: town.unit, product: "regular", amountIdr: 500 };
    const more = { channel: "cash", destination: null, closes: false, requestedBy, nowMs };
    done(await requestPayout(counter, tx, { ...cash, ...more }));
    done(await cancelPayout(tx, { payout: cash.id, actor: requestedBy, reason: "batal", nowMs }));
  });
}

/** An expense beyond what one person spends alone is asked for, and rejected. */
async function spendMuch({ town, nowMs }: Scene): Promise<void> {
  const id = newEventId();
  const paid = { wasteBank: town.unit, category: "rent", amountIdr: 600_000, from: "cash_vault" } as const;
  await town.store.transaction(async (tx) => {
    done(await spend(tx, { id, ...paid, note: "sewa", user: town.staff, occurredMs: null, nowMs }));
    done(await decideExpense(tx, { expense: id, decision: "rejected", user: town.chief, nowMs }));
  });
}

/** From now on two people approve what is more than 10,000 rupiah on a day. */
async function limitAlone({ town, nowMs }: Scene): Promise<void> {
  const limit = { id: newEventId(), scope: "second_approval", channelKind: null, amountIdr: 10_000 } as const;
  const actor = `user:${town.chief}`;
  await town.store.transaction(async (tx) => {
    const kept = {
      wasteBank: town.unit,
      validFromMs: nowMs,
      createdMs: nowMs,
      createdBy: `user:${town.staff}`,
    };
    await insertLimit(tx, { ...limit, ...kept });
    done(await decideRule(tx, { rule: "limit", id: limit.id, decision: "approved", actor, nowMs }));
  });
}

/** A member who has left comes back. */
async function openAgain({ town, nowMs }: Scene, member: string): Promise<void> {
  const ending = { member, reason: "kembali", actor: `user:${town.staff}` };
  await town.store.transaction(async (tx) => done(await closeMember(tx, { ...ending, nowMs })));
  await town.store.transaction(async (tx) => done(await reopenMember(tx, { ...ending, nowMs: nowMs + 1 })));
}

/** A message that fits nothing is put aside; a person looks into it and has seen the alarm. */
async function settleMessage({ town, nowMs }: Scene): Promise<void> {
  const actor = `user:${town.staff}`;
  await town.store.transaction(async (tx) => {
    const body = new TextEncoder().encode("{}");
    await keepWebhook(town.vault, tx, { provider: "xendit-v2", dedupe: newEventId(), body, nowMs });
    const { id } = await tx
      .selectFrom("webhook_inbox")
      .select("id")
      .where("state", "=", "new")
      .executeTakeFirstOrThrow();
    await parkWebhook(tx, id, { reason: "of no payout", nowMs });
    done(await handleParked(tx, { message: id, note: "bukan milik kita", actor, nowMs }));
  });
  const { items } = await listAlarms(town.store.db, { isOpen: true }, { limit: 10, after: null });
  await town.store.transaction(async (tx) => {
    for (const { id } of items) await seeAlarm(tx, id, { actor, nowMs });
  });
}

/** A record that cannot be read goes to quarantine, and staff put it aside. */
async function putAside({ town, nowMs }: Scene): Promise<void> {
  const { db } = town.store;
  const item = {
    node: town.node,
    topic: "t",
    stream: "records",
    epoch: "rare",
    seq: 1,
    code: "schema",
  } as const;
  await quarantine(db, [{ ...item, reason: "cannot be read", body: "{}", receivedMs: nowMs }]);
  const { id } = await db
    .selectFrom("quarantine")
    .select("id")
    .where("epoch", "=", "rare")
    .executeTakeFirstOrThrow();
  const aside = { id, reason: "sudah diganti", actor: `user:${town.staff}` };
  await town.store.transaction((tx) => setAside(tx, aside, nowMs));
}

/** A transfer of everything comes back after its member was erased, and is paid out in cash. */
async function payWhatIsOwed(scene: Scene, member: string): Promise<void> {
  const { town } = scene;
  const payout = await approved(scene, { member, amountIdr: 19_750, closes: true });
  const job = await claimJob(town.store, {
    worker: "w",
    kinds: ["submit"],
    nowMs: scene.nowMs,
    leaseMs: 1_000,
  });
  const attempt = job?.subject ?? "";
  const tell = (kind: "succeeded" | "reversed") =>
    town.store.transaction((tx) =>
      applyOutcome(town.desk, tx, {
        attempt,
        outcome: { kind },
        answer: { call: "lookup", httpStatus: 200, body: new TextEncoder().encode(newEventId()) },
        nowMs: scene.nowMs,
      }),
    );
  await tell("succeeded");
  scene.nowMs += REVERSAL_WINDOW_MS;
  const ending = { member, reason: "pindah", actor: `user:${town.staff}`, nowMs: scene.nowMs };
  done(await eraseMember(town, ending));
  await tell("reversed");
  const [settlement, user] = [newEventId(), town.cashiers[1]];
  await town.store.transaction(async (tx) => {
    const asked = { id: settlement, payout, reason: "kartu keluarga dilihat", user, nowMs: scene.nowMs };
    done(await askOwedSettlement(tx, asked));
    const decision = { settlement, decision: "approved", user: town.chief, nowMs: scene.nowMs } as const;
    done(await decideOwedSettlement(tx, decision));
  });
}

/**
 * What a deposit is for, and when it is paid, from the terminal to the books: at a waste bank that buys, to save, for cash and
 * as a gift; at one that pays a share of the sale, to save and as a gift. Every process is real.
 */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Purpose } from "@jumpa-madu/contracts/records";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import { StGsScale } from "@jumpa-madu/firmware-sim/st-gs-scale";
import { type AccountKey, accountId, balanceOf, findAccount, gramsLedger } from "@jumpa-madu/store/account";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { describe, expect, it } from "vitest";
import type { EdgeAgent } from "../system/edge-agent.ts";
import type { System } from "../system/system.ts";
import { addScale, createTown, MATERIALS, type Member } from "../system/town.ts";
import { until } from "../system/until.ts";
import { useSystem } from "../system/use-system.ts";

const [PET] = MATERIALS;
const BUYS = "bsu-mekar";
const SHARES = "bsu-melati";
const SHARE_BPS = 6_000;

/** A counter of one waste bank with its members. */
interface Counter {
  wasteBank: string;
  node: string;
  scale: SimulatedDevice<StGsScale>;
  edge: EdgeAgent;
  members: Member[];
}

async function setStage(system: System): Promise<{ buys: Counter; shares: Counter }> {
  const town = await createTown(system.admin, { wasteBanks: [BUYS, SHARES], membersEach: 2 });
  const shareTerms = { waste_bank: SHARES, settlement: "share_of_sale", share_bps: SHARE_BPS };
  await system.admin.make("/v1/terms", shareTerms);
  const open = async (wasteBank: string, seed: number): Promise<Counter> => {
    const [node, name] = [`loket-${wasteBank}`, `timbangan-${wasteBank}`];
    await addScale(system.admin, name, wasteBank);
    const scale = startDevice({
      model: new StGsScale({ seed, noiseG: 0 }),
      link: `${system.portsFolder}/${name}`,
      seed,
    });
    const ports = [{ path: scale.path, protocol: "st-gs", scale: name } as const];
    const edge = await system.addNode({ id: node, wasteBank, ports });
    const members = town.get(wasteBank) ?? [];
    await until("the catalogue", async () => (await edge.terminal.get("/catalogue")).status === 200);
    return { wasteBank, node, scale, edge, members };
  };
  return { buys: await open(BUYS, 1), shares: await open(SHARES, 2) };
}

/** Brings a bag of PET to a counter; answers what the terminal says. */
async function bring({ scale, edge, members }: Counter, weightG: number, purpose?: Purpose) {
  scale.model.pan.place(weightG);
  const weighing = await until(`${weightG} g at rest`, async () => {
    const answer = await edge.terminal.post("/weighings", {});
    return answer.status === 201 && answer.body.net_g === weightG && answer.body;
  });
  scale.model.pan.remove();
  const lines = [{ material: PET.id, weighing: weighing.id }];
  return await edge.terminal.make("/deposits", {
    id: newEventId(),
    member: members[0]?.number,
    lines,
    purpose,
  });
}

/** What stands in the books of a counter's waste bank and its first member. */
async function standing({ store }: System, { wasteBank, node, members }: Counter) {
  const balance = async (key: Omit<AccountKey, "wasteBank">) => {
    const account = await findAccount(store.db, accountId({ ...key, wasteBank }));
    return account === null ? 0 : balanceOf(account);
  };
  const ledger = gramsLedger(PET.id);
  const member = members[0]?.id ?? "";
  return {
    savings: await balance({ kind: "member_savings", ledger: "IDR", member, part: "regular" }),
    nodeCash: await balance({ kind: "node_cash", ledger: "IDR", part: node }),
    donations: await balance({ kind: "donations", ledger: "IDR" }),
    stockG: await balance({ kind: "stock", ledger }),
    consignedG: await balance({ kind: "stock", ledger, part: "consigned" }),
  };
}

describe("purposes", { timeout: 90_000 }, () => {
  const running = useSystem(() => ({ relational: "sqlite", telemetry: "sqlite" }), setStage);

  it("arrive in the books of a waste bank that buys: savings, cash of the terminal, donations", async () => {
    const { system, prepared } = running();
    const { buys } = prepared;
    expect(await buys.edge.terminal.read("/catalogue")).toMatchObject({
      settlement: "purchase",
      purposes: ["save", "cash", "donate"],
    });
    const saved = await bring(buys, 1_250);
    const paid = await bring(buys, 2_385, "cash");
    const given = await bring(buys, 915, "donate");
    await buys.edge.drained();
    expect(await standing(system, buys)).toEqual({
      savings: amountIdr(1_250, PET.priceIdrPerKg),
      nodeCash: amountIdr(2_385, PET.priceIdrPerKg),
      donations: amountIdr(915, PET.priceIdrPerKg),
      stockG: 1_250 + 2_385 + 915,
      consignedG: 0,
    });
    const posted = await system.admin.all(`/v1/deposits?waste_bank=${BUYS}`);
    for (const [answer, purpose] of [
      [saved, "save"],
      [paid, "cash"],
      [given, "donate"],
    ] as const) {
      expect(posted.find(({ id }) => id === answer.id)).toMatchObject({
        purpose,
        settlement: "purchase",
        share_bps: null,
        receipt_no: answer.receipt_no,
        total_idr: answer.total_idr,
      });
    }
  });

  it("of cash that is taken back give the terminal's cash back", async () => {
    const { system, prepared } = running();
    const { buys } = prepared;
    const before = await standing(system, buys);
    const paid = await bring(buys, 740, "cash");
    const voided = await buys.edge.terminal.make(`/deposits/${paid.id}/void`, { reason: "salah nasabah" });
    expect(voided.cash_back_idr).toBe(paid.total_idr);
    await buys.edge.drained();
    expect(await standing(system, buys)).toEqual(before);
    const posted = await system.admin.read(`/v1/deposits/${paid.id}`);
    expect(posted.voided).toMatchObject({ id: voided.id, kind: "void" });
  });

  it("arrive as grams and no rupiah where a share of the sale is paid, a gift as the waste bank's own", async () => {
    const { system, prepared } = running();
    const { shares } = prepared;
    const saved = await bring(shares, 3_000);
    expect(saved).toMatchObject({ settlement: "share_of_sale", share_bps: SHARE_BPS, total_idr: 0 });
    expect(saved.estimate_idr).toBe((amountIdr(3_000, PET.priceIdrPerKg) * SHARE_BPS) / 10_000);
    await bring(shares, 1_505, "donate");
    await expect(bring(shares, 620, "cash")).rejects.toThrow(/nothing_to_pay/);
    await shares.edge.drained();
    expect(await standing(system, shares)).toEqual({
      savings: 0,
      nodeCash: 0,
      donations: 0,
      stockG: 1_505,
      consignedG: 3_000,
    });
    expect(await system.admin.read(`/v1/deposits/${saved.id}`)).toMatchObject({
      purpose: "save",
      settlement: "share_of_sale",
      share_bps: SHARE_BPS,
      total_idr: 0,
    });
  });

  it("are none of a member who was closed: the terminal says what to do, and nothing reaches the books", async () => {
    const { system, prepared } = running();
    const { edge, members } = prepared.buys;
    const closed = members[1];
    const deposit = { member: closed?.number, lines: [{ material: PET.id }] };
    // The pan is empty, so that nothing is booked while the terminal still knows the member.
    expect((await edge.terminal.post("/deposits", deposit)).body.code).toBe("empty");
    await system.admin.make(`/v1/members/${closed?.id}/close`, { reason: "pindah kota" });
    const refusal = await until("the next catalogue", async () => {
      const { body } = await edge.terminal.post("/deposits", deposit);
      return body.code === "unknown_member" && body;
    });
    expect(refusal.detail).toContain("jangan terima setorannya");
  });

  it("in the end nothing is in quarantine, nothing is flagged, and the books are in order", async () => {
    const { system, prepared } = running();
    for (const { scale } of [prepared.buys, prepared.shares]) scale.stop();
    for (const edge of system.edges.values()) await edge.drained();
    expect(await system.admin.all("/v1/quarantine")).toEqual([]);
    expect(await system.store.db.selectFrom("deposit_differences").selectAll().execute()).toEqual([]);
    expect(await verifyLedger(system.store.db)).toEqual([]);
  });
});

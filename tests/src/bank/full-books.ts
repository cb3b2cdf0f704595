/** Books with at least one row of every kind that moves money or grams, sealed and closed; for tests that tamper with them. */
import { migrate } from "@jumpa-madu/store/migrate";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { sealAll } from "@jumpa-madu/store/seals";
import * as bookDeeds from "./model/book-deeds.ts";
import * as cashDeeds from "./model/cash-deeds.ts";
import * as payoutDeeds from "./model/payout-deeds.ts";
import * as proofDeeds from "./model/proof-deeds.ts";
import * as providerDeeds from "./model/provider-deeds.ts";
import { type Deed, Scene } from "./model/scene.ts";
import * as stockDeeds from "./model/stock-deeds.ts";
import { beginDatabase, makeTown } from "./model/town.ts";
import * as wasteDeeds from "./model/waste-deeds.ts";
import { rareDeeds } from "./rare-deeds.ts";

type Play = (scene: Scene, deed: Deed) => Promise<void>;

/** A day at the waste bank: what is done, and the numbers by which the deed reads how. Each is checked by the model. */
const DAY: [Play, Partial<Deed>][] = [
  [cashDeeds.openShift, { size: 20_000, how: 1 }],
  // Saved, paid in cash, given away, from the terminal.
  [wasteDeeds.deposit, { size: 3_000 }],
  [wasteDeeds.deposit, { size: 2_002 }],
  [wasteDeeds.deposit, { size: 1_003 }],
  [wasteDeeds.record, { size: 2_402 }],
  [wasteDeeds.voidOne, { which: 2 }],
  [wasteDeeds.correct, { which: 0, size: 2_800 }],
  // From now on members are paid when it is sold.
  [wasteDeeds.terms, { size: 6_999 }],
  [wasteDeeds.deposit, { size: 3_200 }],
  [stockDeeds.sell, { who: 1, size: 799 }],
  [stockDeeds.sell, { who: 3, which: 1, size: 699, how: 1 }],
  [stockDeeds.sell, { who: 1, which: 1, size: 99 }],
  [stockDeeds.paySale, { which: 0 }],
  [stockDeeds.voidOneSale, { which: 2 }],
  [stockDeeds.count, { which: 0, size: 60 }],
  [stockDeeds.count, { which: 1, size: 0, how: 1 }],
  [stockDeeds.decide, { which: 0, how: 1 }],
  [cashDeeds.move, { which: 2, size: 3_000 }],
  [cashDeeds.move, { which: 4, size: 500 }],
  [cashDeeds.decideMove, { which: 1, how: 1 }],
  [cashDeeds.move, { which: 0, size: 900 }],
  [cashDeeds.voidMove, { which: 2 }],
  [cashDeeds.expense, { size: 700 }],
  [cashDeeds.expense, { size: 800 }],
  [cashDeeds.voidOneExpense, { which: 1 }],
  [bookDeeds.open, { how: 1 }],
  [bookDeeds.moveMoney, { which: 0, who: 1, size: 1_500 }],
  // Cash, and a transfer that arrives.
  [payoutDeeds.request, { size: 2_000, how: 4 }],
  [payoutDeeds.approve, { which: 0, how: 2 }],
  [payoutDeeds.handOut, { which: 0, how: 1 }],
  [payoutDeeds.request, { size: 1_000, how: 7 }],
  [payoutDeeds.approve, { which: 1, how: 2 }],
  [providerDeeds.send, {}],
  [providerDeeds.answer, { size: 1, how: 1 }],
  [bookDeeds.withdrawAll, { which: 0, how: 1 }],
  [cashDeeds.countDrawer, { how: 6 }],
  [cashDeeds.confirm, { which: 0 }],
  [proofDeeds.close, {}],
  // Another drawer stays open beyond the close.
  [cashDeeds.openShift, { who: 1, size: 25_000, how: 1 }],
];

/** Fills an empty database. */
export async function fillBooks(store: RelationalStore): Promise<Scene> {
  await migrate(store);
  const vault = await beginDatabase(store);
  try {
    const scene = new Scene(await makeTown(store, vault));
    for (const [play, numbers] of DAY) {
      scene.nowMs += 1_000;
      await play(scene, { does: play.name, who: 0, which: 0, size: 0, how: 0, ...numbers });
    }
    await rareDeeds(scene);
    await sealAll(store, { since: "ever", nowMs: scene.nowMs });
    return scene;
  } finally {
    await vault.close();
  }
}

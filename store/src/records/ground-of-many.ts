/** What the books say about many deposits at once: the same as `groundOf` says of each, in a handful of statements for all. */
import type { Deposit } from "@jumpa-madu/contracts/records";
import type { Selectable } from "kysely";
import { memberMayAct } from "../people/members.ts";
import type { Tx } from "../relational/relational-store.ts";
import { sendInOrder } from "../relational/send-in-order.ts";
import { statement } from "../relational/statement.ts";
import type { Tables } from "../relational/tables.ts";
import { defaultOf, type FoundBook } from "../savings/books.ts";
import type { Depositor } from "../trade/depositor.ts";
import { type TermsPlace, termsUntil } from "../trade/terms.ts";
import type { DepositGround, SentDeposit } from "./deposit-check.ts";

/** The ground of one deposit, with the book that it would go into, if that is there, and whether its id is in use. */
export type GroundOfOne = Omit<DepositGround, "supervisors"> & { book: FoundBook | null; isKnown: boolean };

const knownDeposits = statement<{ ids: string[] }, { id: string }>((db, slot) =>
  db.selectFrom("deposits").select("id").where("id", "in", slot("ids")),
);

const placesOfNodes = statement<{ ids: string[] }, { id: string; place: string | null }>((db, slot) =>
  db.selectFrom("nodes").select(["id", "waste_bank_id as place"]).where("id", "in", slot("ids")),
);

const parentsOf = statement<{ ids: string[] }, TermsPlace>((db, slot) =>
  db.selectFrom("waste_banks").select(["id", "parent_id as parent"]).where("id", "in", slot("ids")),
);

type MemberRow = Pick<Selectable<Tables["members"]>, "id" | "number" | "kind" | "closed_ms" | "erased_ms">;

const membersHeld = statement<{ ids: string[] }, MemberRow>((db, slot, engine) => {
  const query = db
    .selectFrom("members")
    .select(["id", "number", "kind", "closed_ms", "erased_ms"])
    .where("id", "in", slot("ids"))
    .orderBy("id");
  return engine === "postgres" ? query.forShare() : query;
});

type BookRow = FoundBook & { member: string; wasteBank: string; isDefault: number };

// All of theirs: see `heldBook`.
const booksHeld = statement<{ members: string[]; wasteBanks: string[] }, BookRow>((db, slot, engine) => {
  const query = db
    .selectFrom("books")
    .select([
      "member_id as member",
      "waste_bank_id as wasteBank",
      "product_id as product",
      "closed_ms as closedMs",
      "is_default as isDefault",
    ])
    .where("member_id", "in", slot("members"))
    .where("waste_bank_id", "in", slot("wasteBanks"))
    .orderBy("id");
  return engine === "postgres" ? query.forShare() : query;
});

const pricesById = statement<{ ids: string[] }, Selectable<Tables["prices"]>>((db, slot) =>
  db.selectFrom("prices").selectAll().where("id", "in", slot("ids")),
);

const capacitiesAt = statement<
  { nodes: string[]; scales: string[] },
  { node: string; scale: string; capacityG: number }
>((db, slot) =>
  db
    .selectFrom("devices")
    .innerJoin("scales", "scales.id", "devices.scale_id")
    .select(["devices.node_id as node", "scales.id as scale", "scales.capacity_g as capacityG"])
    .where("devices.node_id", "in", slot("nodes"))
    .where("scales.id", "in", slot("scales")),
);

/**
 * Looks up the grounds of deposits, of which there is at least one and each has a line, in their order. Holds the rows of the
 * members and of their books until the transaction ends.
 */
export async function groundsOf(tx: Tx, sent: SentDeposit[]): Promise<GroundOfOne[]> {
  const every = (pick: (sent: SentDeposit) => string[]) => [...new Set(sent.flatMap(pick))];
  const nodes = every(({ node }) => [node]);
  const members = every(({ deposit }) => [deposit.member]);
  const wasteBanks = every(({ deposit }) => [deposit.waste_bank]);
  const linesOf = (pick: (line: Deposit["lines"][number]) => string) =>
    every(({ deposit }) => deposit.lines.map(pick));
  const [known, places, parents, depositors, books, prices, capacities] = await sendInOrder(tx, [
    () => knownDeposits(tx, { ids: every(({ deposit }) => [deposit.id]) }),
    () => placesOfNodes(tx, { ids: nodes }),
    () => parentsOf(tx, { ids: wasteBanks }),
    () => membersHeld(tx, { ids: members }),
    () => booksHeld(tx, { members, wasteBanks }),
    () => pricesById(tx, { ids: linesOf(({ price }) => price) }),
    () => capacitiesAt(tx, { nodes, scales: linesOf(({ scale }) => scale) }),
  ]);
  const termsIn = await termsUntil(tx, {
    places: parents.rows.length === 0 ? [{ id: "", parent: null }] : parents.rows,
    untilMs: Math.max(...sent.map(({ deposit }) => deposit.t)),
  });
  const isKnown = new Set(known.rows.map(({ id }) => id));
  const placeOf = new Map(places.rows.map(({ id, place }) => [id, place]));
  const parentOf = new Map(parents.rows.map(({ id, parent }) => [id, parent]));
  const depositorOf = new Map(depositors.rows.map((row) => [row.id, toDepositor(row)]));
  const booksOf = Map.groupBy(books.rows, ({ member }) => member);
  const priceOf = new Map(prices.rows.map((price) => [price.id, price]));
  const capacitiesOf = Map.groupBy(capacities.rows, ({ node }) => node);
  return sent.map(({ node, deposit }) => {
    const { waste_bank: wasteBank, member, lines, t } = deposit;
    const parent = parentOf.get(wasteBank) ?? null;
    const own = booksOf.get(member)?.filter((book) => book.wasteBank === wasteBank) ?? [];
    const priced = lines.flatMap(({ price }) => priceOf.get(price) ?? []);
    return {
      isKnown: isKnown.has(deposit.id),
      place: placeOf.get(node) ?? null,
      depositor: depositorOf.get(member) ?? null,
      terms: termsIn({ id: wasteBank, parent }, t),
      book: defaultOf(own),
      prices: new Map(priced.map((price) => [price.id, { ...price, parent_id: parent }])),
      capacities: new Map(capacitiesOf.get(node)?.map(({ scale, capacityG }) => [scale, capacityG])),
    };
  });
}

function toDepositor(row: MemberRow): Depositor {
  return {
    number: row.number,
    kind: row.kind,
    mayAct: memberMayAct(row),
    isErased: row.erased_ms !== null,
  };
}

/** Terms: how members are paid for their waste. Never changed: later ones take their place from when they begin. */
import { sql } from "kysely";
import { recordDeed } from "../proof/audit.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { statement } from "../relational/statement.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** Kinds of member that terms can tell apart. */
export const MEMBER_KINDS = ["individual", "group", "organisation"] as const;
export type MemberKind = (typeof MEMBER_KINDS)[number];

/** How a member is paid: at the deposit by the price list, or by a share of what the waste is sold for. */
export const SETTLEMENTS = ["purchase", "share_of_sale"] as const;
export type Settlement = (typeof SETTLEMENTS)[number];

/** The whole, in basis points. */
export const SHARE_BPS_MAX = 10_000;

/** Terms that hold. `shareBps`: the member's part of what is paid, in hundredths of a percent. */
export interface HoldingTerms {
  settlement: Settlement;
  shareBps: number;
}

/** Whose terms are asked for, at a time in milliseconds. */
export interface TermsQuestion {
  wasteBank: string;
  memberKind: string;
  atMs: number;
}

/** Terms as they were set. Null: for every waste bank, for every kind of member. */
export interface Terms extends HoldingTerms {
  id: string;
  wasteBank: string | null;
  memberKind: MemberKind | null;
  validFromMs: number;
  createdMs: number;
  /** Who set them, such as `user:{id}`. */
  createdBy: string;
}

/** What holds where nobody has set anything: the price on the list is what the member gets. */
const TERMS_DEFAULT: HoldingTerms = { settlement: "purchase", shareBps: SHARE_BPS_MAX };

/** Terms that may hold: of the waste bank, of its parent or of all, for one kind of member or all. */
type Candidate = HoldingTerms & { owner: string | null; kind: string | null };

const candidatesAt = statement<{ wasteBank: string; atMs: number }, Candidate>((db, slot) =>
  db
    .selectFrom("terms")
    .leftJoin("waste_banks as place", (join) => join.on("place.id", "=", slot("wasteBank")))
    .select([
      "terms.waste_bank_id as owner",
      "terms.member_kind as kind",
      "terms.settlement",
      "terms.share_bps as shareBps",
    ])
    .where((eb) =>
      eb.or([
        eb("terms.waste_bank_id", "is", null),
        eb("terms.waste_bank_id", "=", slot("wasteBank")),
        eb("terms.waste_bank_id", "=", eb.ref("place.parent_id")),
      ]),
    )
    .where(isInForce(slot("atMs"))),
);

/**
 * The terms on which a member is paid. The most specific hold: the waste bank's for the kind of member, then the waste
 * bank's for all, then its parent's and the general ones in the same order.
 */
export async function termsAt(
  tx: Tx | Db,
  { wasteBank, memberKind, atMs }: TermsQuestion,
): Promise<HoldingTerms> {
  return (await termsOfKindsAt(tx, { wasteBank, atMs }))(memberKind);
}

/** The same for every kind of member: answers by the kind. */
export async function termsOfKindsAt(
  tx: Tx | Db,
  { wasteBank, atMs }: Omit<TermsQuestion, "memberKind">,
): Promise<(memberKind: string) => HoldingTerms> {
  const { rows } = await candidatesAt(tx, { wasteBank, atMs });
  return nearestOf(rows, wasteBank);
}

/** The statement of `termsOfKindsAt`, for `askAtOnce`; `nearestOf` reads what it answers. */
export function termsAsked(tx: Tx | Db, question: Omit<TermsQuestion, "memberKind">) {
  return candidatesAt.of(tx, question);
}

/** The terms for each kind of member, of those that may hold at the waste bank. */
export function nearestOf(rows: Candidate[], wasteBank: string): (memberKind: string) => HoldingTerms {
  const distance = ({ owner, kind }: Candidate) =>
    (owner === wasteBank ? 0 : owner === null ? 4 : 2) + (kind === null ? 1 : 0);
  const nearestFirst = rows.toSorted((one, other) => distance(one) - distance(other));
  return (memberKind) => {
    const nearest = nearestFirst.find(({ kind }) => kind === null || kind === memberKind);
    return nearest === undefined
      ? TERMS_DEFAULT
      : { settlement: nearest.settlement, shareBps: nearest.shareBps };
  };
}

/** A waste bank with its parent, whose terms hold there as well. */
export interface TermsPlace {
  id: string;
  parent: string | null;
}

const termsBefore = statement<{ owners: string[]; untilMs: number }, Candidate & { validFromMs: number }>(
  (db, slot) =>
    db
      .selectFrom("terms")
      .select([
        "waste_bank_id as owner",
        "member_kind as kind",
        "settlement",
        "share_bps as shareBps",
        "valid_from_ms as validFromMs",
      ])
      .where((eb) => eb.or([eb("waste_bank_id", "is", null), eb("waste_bank_id", "in", slot("owners"))]))
      .where("valid_from_ms", "<=", slot("untilMs"))
      .orderBy("valid_from_ms", "desc"),
);

/** The same at any time until `untilMs`, at several waste banks, of which there is at least one: one statement for all. */
export async function termsUntil(
  tx: Tx | Db,
  { places, untilMs }: { places: TermsPlace[]; untilMs: number },
): Promise<(place: TermsPlace, atMs: number) => (memberKind: string) => HoldingTerms> {
  const owners = [...new Set(places.flatMap(({ id, parent }) => (parent === null ? [id] : [id, parent])))];
  const { rows } = await termsBefore(tx, { owners, untilMs });
  return ({ id, parent }, atMs) => {
    const inForce = new Map<string, Candidate>();
    for (const row of rows) {
      if (row.validFromMs > atMs || (row.owner !== null && row.owner !== id && row.owner !== parent))
        continue;
      const key = JSON.stringify([row.owner, row.kind]);
      // The latest comes first.
      if (!inForce.has(key)) inForce.set(key, row);
    }
    return nearestOf([...inForce.values()], id);
  };
}

/** Keeps terms. Throws the database's refusal when ones with the same start exist or the waste bank is unknown. */
export async function insertTerms(tx: Tx, terms: Terms): Promise<void> {
  await tx
    .insertInto("terms")
    .values({
      id: terms.id,
      waste_bank_id: terms.wasteBank,
      member_kind: terms.memberKind,
      settlement: terms.settlement,
      share_bps: terms.shareBps,
      valid_from_ms: terms.validFromMs,
      created_ms: terms.createdMs,
      created_by: terms.createdBy,
    })
    .execute();
  await recordDeed(tx, {
    actor: terms.createdBy,
    action: "terms.set",
    subject: terms.wasteBank === null ? "terms" : `waste_bank:${terms.wasteBank}`,
    atMs: terms.createdMs,
  });
}

/** Terms, the ones that begin latest first. `wasteBank`: only those that were set for it. */
export async function listTerms(
  db: Db,
  { wasteBank, atMs }: { wasteBank: string | null; atMs: number | null },
  { limit, after }: PageRequest,
): Promise<Page<Terms>> {
  let query = db
    .selectFrom("terms")
    .select([
      "terms.id",
      "terms.waste_bank_id as wasteBank",
      "terms.member_kind as memberKind",
      "terms.settlement",
      "terms.share_bps as shareBps",
      "terms.valid_from_ms as validFromMs",
      "terms.created_ms as createdMs",
      "terms.created_by as createdBy",
    ])
    .orderBy("terms.valid_from_ms", "desc")
    .orderBy("terms.id", "desc")
    .limit(limit + 1);
  if (wasteBank !== null) query = query.where("terms.waste_bank_id", "=", wasteBank);
  if (atMs !== null) query = query.where(isInForce(atMs));
  if (after !== null) query = query.where(isBefore(["terms.valid_from_ms", "terms.id"], after));
  const rows = await query.execute();
  return pageOf(rows.map(toTerms), limit, ({ validFromMs, id }) => momentCursor(validFromMs, id));
}

function toTerms({ memberKind, ...row }: Omit<Terms, "memberKind"> & { memberKind: string | null }): Terms {
  return { ...row, memberKind: memberKind as MemberKind | null };
}

function isInForce(atMs: number) {
  return sql<boolean>`(terms.valid_from_ms <= ${atMs} and not exists (
    select 1 from terms later
    where coalesce(later.waste_bank_id, '') = coalesce(terms.waste_bank_id, '')
      and coalesce(later.member_kind, '') = coalesce(terms.member_kind, '')
      and later.valid_from_ms > terms.valid_from_ms and later.valid_from_ms <= ${atMs}))`;
}

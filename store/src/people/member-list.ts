/** Finding members: by number, card, phone and name, the last two without a name or number in the books. */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";
import type { Vault } from "../vault/vault.ts";
import { type Member, toMember } from "./members.ts";
import { nameTokensOf, phoneTokenOf } from "./personal-data.ts";

/** Which members are asked for: those that fit all that is not null. */
export interface MemberFilter {
  /** Registered there, or with a book there. */
  wasteBank: string | null;
  /** Beginning of the number or of the code in an older book, beginnings of words of the name, the whole phone number or the whole card. */
  text: string | null;
  card: string | null;
  /** A phone number in any spelling. */
  phone: string | null;
  /** True: only those who took their consent back and are not erased yet. */
  hasWithdrawn: boolean;
}

/** Members by number. */
export async function listMembers(
  { db, vault }: { db: Db; vault: Vault },
  filter: MemberFilter,
  { limit, after }: PageRequest,
): Promise<Page<Member>> {
  const { wasteBank, text, card, phone } = filter;
  let query = db
    .selectFrom("members")
    .selectAll()
    .orderBy("number")
    .limit(limit + 1);
  if (wasteBank !== null) {
    query = query.where((eb) =>
      eb.or([
        eb("waste_bank_id", "=", wasteBank),
        eb(
          "id",
          "in",
          eb.selectFrom("books").select("member_id").where("books.waste_bank_id", "=", wasteBank),
        ),
      ]),
    );
  }
  if (text !== null) {
    const pattern = `${text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    const phoneToken = phoneTokenOf(vault, text);
    const nameTokens = nameTokensOf(vault, text);
    query = query.where((eb) => {
      const having = (token: string) =>
        eb("id", "in", eb.selectFrom("member_search").select("member_id").where("token", "=", token));
      return eb.or([
        sql<boolean>`lower(number) like ${pattern} escape '\\'`,
        eb("id", "in", (inner) =>
          inner
            .selectFrom("imported_members")
            .select("member_id")
            .where(sql<boolean>`lower(code) like ${pattern} escape '\\'`),
        ),
        eb("card", "=", text),
        ...(phoneToken === null ? [] : [having(phoneToken)]),
        ...(nameTokens.length === 0 ? [] : [eb.and(nameTokens.map(having))]),
      ]);
    });
  }
  if (card !== null) query = query.where("card", "=", card);
  if (phone !== null) {
    const token = phoneTokenOf(vault, phone) ?? "";
    query = query.where("id", "in", (eb) =>
      eb.selectFrom("member_search").select("member_id").where("token", "=", token),
    );
  }
  if (filter.hasWithdrawn) {
    query = query.where("erased_ms", "is", null).where("id", "in", (eb) =>
      eb
        .selectFrom("consents")
        .select("consents.member_id")
        .where("act", "=", "withdrawn")
        .where((inner) =>
          inner.not(
            inner.exists(
              inner
                .selectFrom("consents as later")
                .select("later.seq")
                .whereRef("later.member_id", "=", "consents.member_id")
                .whereRef("later.seq", ">", "consents.seq"),
            ),
          ),
        ),
    );
  }
  if (after !== null) query = query.where("number", ">", after);
  return pageOf((await query.execute()).map(toMember), limit, ({ number }) => number);
}

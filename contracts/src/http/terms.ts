/** Terms of the HTTP face: how members are paid for their waste. */
import Type, { type Static } from "typebox";
import { EventId, NameId } from "../ids.ts";
import { LIST_QUERY, Moment, MomentCursor, MomentGiven, MomentText, orNull, pageOf, strict } from "./text.ts";

const MemberKind = orNull(
  Type.Enum(["individual", "group", "organisation"] as const, {
    description: "kind of member for whom they hold; null: for every one",
  }),
);
const Settlement = Type.Enum(["purchase", "share_of_sale"] as const, {
  description:
    "purchase: credited at the deposit by the price list; share_of_sale: credited when the waste is sold",
});
const ShareBps = Type.Integer({
  minimum: 1,
  maximum: 10_000,
  description: "the member's part of the sale, in hundredths of a percent; 10000 for purchase",
});

/** Terms. Without waste bank they hold wherever neither the waste bank nor its parent has set any. */
export const Terms = Type.Object(
  {
    id: EventId,
    waste_bank: orNull(NameId),
    member_kind: MemberKind,
    settlement: Settlement,
    share_bps: ShareBps,
    valid_from: Moment,
    created_by: Type.String(),
    created_at: Moment,
  },
  strict,
);
export type Terms = Static<typeof Terms>;

/** Terms to be set. They begin now when `valid_from` is absent; they cannot begin in the past. */
export const NewTerms = Type.Object(
  {
    waste_bank: Type.Optional(orNull(NameId)),
    member_kind: Type.Optional(MemberKind),
    settlement: Settlement,
    share_bps: ShareBps,
    valid_from: Type.Optional(MomentGiven),
  },
  strict,
);
export const TermsPage = pageOf(Terms);
export const TermsListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    at: Type.Optional(MomentText),
  },
  strict,
);

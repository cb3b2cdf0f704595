/** Payouts of the HTTP face: asked for, decided, handed out, and what a person must look at. */
import Type, { type Static } from "typebox";
import { EventId, MemberId, NameId } from "../ids.ts";
import { CHANNEL_CODES } from "../payout/channels.ts";
import { PAYOUT_PROVIDERS } from "../payout/outcome.ts";
import { CHANNEL_KINDS, LIMIT_SCOPES, PAYOUT_STATES, RESOLUTIONS, REVIEWS } from "../payout/states.ts";
import { AMOUNT_IDR_MAX } from "../units.ts";
import { CardCode } from "./members.ts";
import {
  LastingReason,
  LIST_QUERY,
  Moment,
  MomentCursor,
  MomentGiven,
  MomentText,
  orNull,
  pageOf,
  Reason,
  strict,
} from "./text.ts";

const Channel = Type.Enum(["cash", ...CHANNEL_CODES] as const, {
  description: "cash, or a bank or e-wallet",
});
const Actor = Type.String({ description: "who, such as user:{id} or job:{name}" });
const Idr = Type.Integer({ description: "whole rupiah" });
const WantedIdr = Type.Integer({ minimum: 1, maximum: AMOUNT_IDR_MAX, description: "whole rupiah" });

/** A payout. The account that it goes to is shown by its last four digits alone. */
export const Payout = Type.Object(
  {
    id: EventId,
    member: MemberId,
    waste_bank: NameId,
    product: NameId,
    amount_idr: Idr,
    fee_idr: Idr,
    fee_bearer: Type.Enum(["member", "bank"] as const),
    channel: Channel,
    destination: orNull(EventId),
    closes: Type.Boolean({ description: "the member takes everything; the book is closed when it is paid" }),
    retry_of: orNull(EventId),
    state: Type.Enum(PAYOUT_STATES, {
      description:
        "requested, half_approved (a second person must approve), paying (with the provider), payable (cash waits at the counter), paid, failed, rejected, cancelled, reversed (paid and sent back by the bank)",
    }),
    requested_by: Actor,
    requested_at: Moment,
    needs_second_approval: Type.Boolean(),
    approved_by: orNull(Actor),
    approved_at: orNull(Moment),
    second_approved_by: orNull(Actor),
    second_approved_at: orNull(Moment),
    ended_by: orNull(Actor),
    ended_at: orNull(Moment),
    reason: orNull(Type.String()),
    failure: orNull(Type.String()),
    review: orNull(
      Type.Enum(REVIEWS, { description: "a person must look into the provider's dashboard and decide" }),
    ),
    resolution: orNull(Type.Enum(RESOLUTIONS)),
    resolution_by: orNull(Actor),
    resolution_agreed_by: orNull(Actor),
  },
  strict,
);
export type Payout = Static<typeof Payout>;
export const PayoutPage = pageOf(Payout);

/** A destination without number and holder. */
export const Destination = Type.Object(
  {
    id: EventId,
    member: MemberId,
    channel: Channel,
    hint: Type.String({ description: "last four digits; empty when the member was erased" }),
    name_check: Type.Enum(["pending", "matched", "masked", "different", "invalid", "unavailable"] as const, {
      description: "the holder's name as the provider says, beside the one that was given",
    }),
    checked_at: orNull(Moment),
    confirmed_by: orNull(Actor),
    usable_from: Moment,
    retired_at: orNull(Moment),
    shared_with: Type.Integer({ description: "other members who are paid to the same account" }),
    created_by: Actor,
    created_at: Moment,
  },
  strict,
);
export type Destination = Static<typeof Destination>;
export const DestinationPage = pageOf(Destination);

const Attempt = Type.Object(
  {
    id: EventId,
    n: Type.Integer(),
    provider: Type.Enum(PAYOUT_PROVIDERS),
    state: Type.Enum([
      "queued",
      "sending",
      "accepted",
      "unknown",
      "succeeded",
      "failed",
      "refused",
      "reversed",
    ] as const),
    provider_id: orNull(Type.String()),
    provider_status: orNull(Type.String()),
    failure: orNull(Type.String()),
    sends: Type.Integer({ description: "times that sending was begun" }),
    first_sent_at: orNull(Moment),
    last_sent_at: orNull(Moment),
    created_at: Moment,
    ended_at: orNull(Moment),
  },
  strict,
);

/** A payout with all that happened to it, and what whoever approves should see. */
export const PayoutDetail = Type.Object(
  {
    ...Payout.properties,
    flags: Type.Array(Type.Enum(["destination_shared", "name_unproven", "first_to_destination"] as const), {
      description: "what whoever approves should look at",
    }),
    to: orNull(Destination),
    attempts: Type.Array(Attempt),
    queue_position: orNull(Type.Integer({ description: "attempts that are sent before this one" })),
    payment: orNull(
      Type.Object(
        {
          receipt_no: Type.String(),
          confirmation: Type.Enum(["pin", "card", "signature"] as const),
          cashier: EventId,
          paid_at: Moment,
        },
        strict,
      ),
    ),
  },
  strict,
);
export type PayoutDetail = Static<typeof PayoutDetail>;

/** A payout to be asked for. A member asks for the own ones and may leave `member` out. */
export const NewPayout = Type.Object(
  {
    id: EventId,
    member: Type.Optional(MemberId),
    waste_bank: NameId,
    product: Type.Optional(NameId),
    amount_idr: WantedIdr,
    channel: Channel,
    destination: Type.Optional(orNull(EventId)),
    closes: Type.Optional(
      Type.Boolean({
        description:
          "the member leaves and takes everything: amount_idr must be all that may leave the book (less the fee, where the member bears it), neither minimum holds, and the book is closed when the payout is paid; where it cannot be, the alarm book_not_closed tells why. Paid money that comes back opens it again.",
      }),
    ),
  },
  strict,
);

export const PayoutListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    member: Type.Optional(MemberId),
    state: Type.Optional(Type.Enum(PAYOUT_STATES)),
    channel: Type.Optional(Channel),
    review: Type.Optional(
      Type.Enum(["true"] as const, { description: "only those that a person must look at" }),
    ),
    from: Type.Optional(MomentText),
    to: Type.Optional(MomentText),
  },
  strict,
);

/** Why a payout is rejected or called off. */
export const Ending = Type.Object({ reason: Reason }, strict);

/** How the cashier knew the member. */
export const CashConfirmation = Type.Object(
  {
    confirmation: Type.Union([
      Type.Object({ kind: Type.Literal("pin"), pin: Type.String({ pattern: "^[0-9]{4,12}$" }) }, strict),
      Type.Object({ kind: Type.Literal("card"), card: CardCode }, strict),
      Type.Object({ kind: Type.Literal("signature") }, strict),
    ]),
  },
  strict,
);

/** Under which new id a failed payout is taken up again. */
export const Retry = Type.Object({ id: EventId }, strict);

/** What one person decides about a payout under review; it holds when another decides the same. */
export const Decision = Type.Object({ resolution: Type.Enum(RESOLUTIONS), reason: Reason }, strict);

/** A destination to be kept. */
export const NewDestination = Type.Object(
  {
    id: EventId,
    channel: Type.Enum(CHANNEL_CODES),
    account_number: Type.String({ minLength: 1, maxLength: 40, description: "digits alone" }),
    account_name: Type.String({ minLength: 1, maxLength: 200, description: "holder, as the bank writes it" }),
  },
  strict,
);

/** Path of a member's destination. */
export const DestinationPath = Type.Object({ id: EventId, destination: EventId });

/** Where a limit or a fee stands. It holds from `begins_at`: its start, or its approval where that is later. */
const RULE_STANDING = {
  state: Type.Enum(["requested", "approved", "rejected"] as const),
  decided_by: orNull(Actor),
  decided_at: orNull(Moment),
  begins_at: orNull(Moment),
};

/** A limit. Without kind of channel it is about all together; without waste bank it holds where none of its own does. */
export const PayoutLimit = Type.Object(
  {
    id: EventId,
    scope: Type.Enum(LIMIT_SCOPES),
    channel_kind: orNull(Type.Enum(CHANNEL_KINDS)),
    waste_bank: orNull(NameId),
    amount_idr: orNull(Idr),
    valid_from: Moment,
    created_by: Actor,
    created_at: Moment,
    ...RULE_STANDING,
  },
  strict,
);
export type PayoutLimit = Static<typeof PayoutLimit>;
export const PayoutLimitPage = Type.Object(
  {
    ...pageOf(PayoutLimit).properties,
    warnings: Type.Array(Type.String(), { description: "what should be limited and is not, for a person" }),
  },
  strict,
);
export const NewPayoutLimit = Type.Object(
  {
    scope: Type.Enum(LIMIT_SCOPES),
    channel_kind: Type.Optional(orNull(Type.Enum(CHANNEL_KINDS))),
    waste_bank: Type.Optional(orNull(NameId)),
    amount_idr: orNull(
      Type.Integer({ minimum: 0, maximum: AMOUNT_IDR_MAX, description: "whole rupiah; null ends the limit" }),
    ),
    valid_from: Type.Optional(MomentGiven),
  },
  strict,
);

/** What a provider takes and who bears it. */
export const PayoutFee = Type.Object(
  {
    id: EventId,
    channel_kind: Type.Enum(["bank", "ewallet"] as const),
    fee_idr: Idr,
    bearer: Type.Enum(["member", "bank"] as const),
    refunded: Type.Boolean({ description: "a member who bore it gets it back when the payout is reversed" }),
    valid_from: Moment,
    created_by: Actor,
    created_at: Moment,
    ...RULE_STANDING,
  },
  strict,
);
export type PayoutFee = Static<typeof PayoutFee>;
export const PayoutFeePage = pageOf(PayoutFee);
export const NewPayoutFee = Type.Object(
  {
    channel_kind: Type.Enum(["bank", "ewallet"] as const),
    fee_idr: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
    bearer: Type.Enum(["member", "bank"] as const),
    refunded: Type.Optional(Type.Boolean()),
    valid_from: Type.Optional(MomentGiven),
  },
  strict,
);

/** Something that a person must hear of. */
export const PayoutAlarm = Type.Object(
  {
    id: EventId,
    kind: Type.String(),
    payout: orNull(EventId),
    attempt: orNull(EventId),
    detail: Type.String(),
    raised_at: Moment,
    seen_by: orNull(Actor),
    seen_at: orNull(Moment),
  },
  strict,
);
export type PayoutAlarm = Static<typeof PayoutAlarm>;
export const PayoutAlarmPage = pageOf(PayoutAlarm);
export const PayoutAlarmQuery = Type.Object(
  { ...LIST_QUERY, after: MomentCursor, all: Type.Optional(Type.Enum(["true"] as const)) },
  strict,
);

/** A message of a provider that was put aside. What it says proves nothing: look into the provider's dashboard. */
export const ParkedMessage = Type.Object(
  {
    id: EventId,
    provider: Type.Enum(PAYOUT_PROVIDERS),
    reason: orNull(Type.String({ description: "why it was put aside" })),
    attempt: orNull(EventId),
    reference: orNull(Type.String({ description: "our reference or key, as the message says it" })),
    provider_id: orNull(Type.String({ description: "the provider's own id" })),
    status: orNull(Type.String({ description: "the provider's own word" })),
    amount: orNull(Type.String({ description: "as the message says it" })),
    account_hint: orNull(Type.String({ description: "last four digits of the account" })),
    received_at: Moment,
    settled_by: orNull(Actor),
    settled_at: orNull(Moment),
    note: orNull(Type.String({ description: "what was found" })),
  },
  strict,
);
export type ParkedMessage = Static<typeof ParkedMessage>;

/** What was found out about a message. */
export const ParkedSettling = Type.Object({ note: LastingReason }, strict);

export const ParkedQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    all: Type.Optional(Type.Enum(["true"] as const, { description: "also those that are settled" })),
  },
  strict,
);
export const ParkedPage = pageOf(ParkedMessage);

/** Query of a list by time that takes nothing else. */
export const MomentListQuery = Type.Object({ ...LIST_QUERY, after: MomentCursor }, strict);

/** One day's reconciliation with a provider. */
export const PayoutReconciliation = Type.Object(
  {
    day: Type.String(),
    provider: Type.Enum(PAYOUT_PROVIDERS),
    our_float_idr: Idr,
    provider_balance_idr: orNull(Idr),
    difference_idr: orNull(Idr),
    findings: Type.Array(
      Type.Object({ kind: Type.String(), attempt: orNull(Type.String()), detail: Type.String() }, strict),
    ),
  },
  strict,
);
export const PayoutReconciliations = Type.Object({ items: Type.Array(PayoutReconciliation) }, strict);
export const ReconciliationQuery = Type.Object(
  { provider: Type.Optional(Type.Enum(PAYOUT_PROVIDERS, { description: "all of them unless said" })) },
  strict,
);

/** The proof of the HTTP face: closes of days and the audit log. */
import Type, { type Static } from "typebox";
import { EventId, NameId } from "../ids.ts";
import { LocalDay } from "../local-day.ts";
import { LIST_QUERY, Moment, MomentCursor, MomentText, orNull, pageOf, strict } from "./text.ts";

const ChainEnd = Type.Object(
  {
    seq: Type.Integer({ description: "seals of the chain so far" }),
    hash: Type.String({ description: "SHA-256, hexadecimal, of the last seal" }),
  },
  strict,
);

/** The close of a waste bank's day. `standing` is debits less credits since the books began, in units of the ledger. */
export const Close = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    day: LocalDay,
    journals: ChainEnd,
    audit: ChainEnd,
    violations: Type.Integer({ description: "breaches that the verification found; 0 in good order" }),
    closed_by: Type.String(),
    closed_at: Moment,
    accounts: Type.Array(
      Type.Object(
        {
          ledger: Type.String({ description: "IDR, or g:{material}: grams of it" }),
          kind: Type.String(),
          debits: Type.Integer(),
          credits: Type.Integer(),
          standing: Type.Integer(),
        },
        strict,
      ),
    ),
    journal_counts: Type.Array(Type.Object({ kind: Type.String(), journals: Type.Integer() }, strict)),
  },
  strict,
);
export type Close = Static<typeof Close>;
export const ClosePage = pageOf(Close);
export const CloseListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    from: Type.Optional(LocalDay),
    to: Type.Optional(LocalDay),
  },
  strict,
);

/** Who did what to what. The row that was made or changed is kept as a fingerprint, so that the log holds no personal data. */
export const AuditEvent = Type.Object(
  {
    id: EventId,
    at: Moment,
    actor: Type.String({ description: "user:{id}, node:{id} or job:{name}" }),
    action: Type.String({ description: "noun.verb, such as payout.approved" }),
    subject: Type.String({ description: "such as payout:{id}" }),
    reason: orNull(Type.String()),
    row_hash: orNull(
      Type.String({ description: "SHA-256 of the row that was made or changed, where one is kept" }),
    ),
  },
  strict,
);
export type AuditEvent = Static<typeof AuditEvent>;
export const AuditEventPage = pageOf(AuditEvent);

const DeedName = Type.String({ pattern: "^[a-zA-Z0-9_.:~/-]{1,200}$" });

export const AuditListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    actor: Type.Optional(DeedName),
    subject: Type.Optional(DeedName),
    action: Type.Optional(DeedName),
    from: Type.Optional(MomentText),
    to: Type.Optional(MomentText),
  },
  strict,
);
